// A workload whose sidecars run an Envoy configuration of the user's own.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::once;
using testing::RunText;

/// A workload `web` that sends what comes to port 80 to these hosts.
std::string web(const std::string& hosts, const std::string& more = "") {
  return "    web:\n      sidecar:\n        envoy:\n          static_resources:\n"
         "            listeners:\n            - name: out\n"
         "              address: {socket_address: {address: 127.0.0.1, port_value: 80}}\n"
         "              filter_chains:\n              - filters:\n"
         "                - name: envoy.filters.network.http_connection_manager\n"
         "                  typed_config:\n"
         "                    '@type': type.googleapis.com/envoy.extensions.filters.network."
         "http_connection_manager.v3.HttpConnectionManager\n"
         "                    stat_prefix: out\n"
         "                    route_config: {virtual_hosts: [{name: all, domains: ['*'], routes: "
         "[{match: {prefix: /}, route: {cluster: backend}}]}]}\n"
         "                    http_filters:\n                    - name: router\n"
         "                      typed_config: {'@type': type.googleapis.com/envoy.extensions."
         "filters.http.router.v3.Router}\n"
         "            clusters:\n            - name: backend\n              type: STATIC\n" +
         more +
         "              connect_timeout: 1s\n              load_assignment:\n"
         "                cluster_name: backend\n                endpoints:\n"
         "                - lb_endpoints: [" +
         hosts + "]\n";
}
std::string host(const std::string& address, int port) {
  return "{endpoint: {address: {socket_address: {address: " + address +
         ", port_value: " + std::to_string(port) + "}}}}";
}
std::string scenario(const std::string& workloads, const std::string& more = "") {
  return "spec:\n  duration: 20s\n  workloads:\n" + workloads + once("http://db/", "web") + more;
}

TEST(BuildEnvoy, HostsAreReplicasByTheirAddresses) {
  const RunText run(scenario(web(host("10.0.0.2", 8080)) +
                             "    db: {replicas: 2, addresses: ['10.0.0.1:8080', "
                             "'10.0.0.2:8080']}\n"));
  EXPECT_EQ(run.workload("db").requests(), 1U);
  EXPECT_EQ(run.endpoint("db-1.default").requests(), 1U);
  const reports::Edge& edge = run.edge("web", "backend");
  EXPECT_EQ(edge.status().begin()->first, "200");
}

TEST(BuildEnvoy, TheMeshsRulesAreNotItsRules) {
  const std::string abort =
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: db, namespace: default}\nspec:\n  hosts: [db]\n"
      "  http: [{fault: {abort: {httpStatus: 418, percentage: {value: 100}}}, route: "
      "[{destination: {host: db}}]}]\n";
  const RunText run(
      scenario(web(host("10.0.0.1", 80)) + "    db: {addresses: ['10.0.0.1:80']}\n", abort));
  EXPECT_EQ(run.edge("web", "backend").status().begin()->first, "200");
}

TEST(BuildEnvoy, AnAddressOfNobodyIsSilence) {
  const RunText run(scenario(web(host("10.9.9.9", 80)) + "    db: {}\n"));
  const reports::Edge& edge = run.edge("web", "backend");
  EXPECT_EQ(edge.status().begin()->first, "503");
  EXPECT_EQ(edge.flags().begin()->first, "UF");
  EXPECT_EQ(run.workload("db").requests(), 0U);
}

TEST(BuildEnvoy, PlaintextToAStrictServerIsClosed) {
  const RunText run(
      scenario(web(host("10.0.0.1", 80)) + "    db: {addresses: ['10.0.0.1:80']}\n",
               "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
               "metadata: {name: db, namespace: default}\nspec: {mtls: {mode: STRICT}}\n"));
  EXPECT_EQ(run.edge("web", "backend").flags().begin()->first, "UC");
  ASSERT_EQ(run.report.causes_size(), 1);
  EXPECT_TRUE(run.report.causes(0).contains("Envoy configuration says nothing of TLS"))
      << run.report.causes(0);
}

TEST(BuildEnvoy, WhatOthersSendComesByTheMesh) {
  const RunText run("spec:\n  duration: 20s\n  workloads:\n    client: {}\n" +
                    web(host("10.0.0.1", 80)) + "    db: {addresses: ['10.0.0.1:80']}\n" +
                    once("http://web/", "client"));
  EXPECT_EQ(run.edge("client", "web").status().begin()->first, "200");
}

}  // namespace
}  // namespace squall::sim
