// Views of some calls: what is left out, and that a request to one of them cannot tell.
#include <fmt/format.h>

#include <filesystem>

#include "tests/config/compiled.h"
#include "tests/support/shared.h"

namespace squall::config {
namespace {

using Calls = std::set<CalledHost>;

/// Services with a pod each, the first with a VirtualService; all with port 80.
std::string mesh_of(const std::vector<std::string>& names, const std::string& more = "") {
  std::string text;
  for (const std::string& name : names) {
    text += fmt::format(R"y(---
apiVersion: v1
kind: Service
metadata: {{name: {0}}}
spec: {{selector: {{app: {0}}}, ports: [{{name: http, port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {0}}}
spec: {{selector: {{matchLabels: {{app: {0}}}}}, template: {{metadata: {{labels: {{app: {0}}}}}}}}}
)y",
                        name);
  }
  return text + more;
}

std::string virtual_service(const std::string& host, const std::string& rule) {
  return fmt::format(
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {}}}\n"
      "spec: {{hosts: [\"{}\"], http: [{{{}}}]}}\n",
      host.substr(host.find_first_not_of("*.")), host, rule);
}

std::vector<std::string> clusters_of(const View& view) {
  std::vector<std::string> names;
  for (const auto& [name, cluster] : view.clusters.items())
    names.push_back(name.substr(0, name.find(".default")));
  return names;
}

/// Those that a client `a` has for its calls.
std::vector<std::string> clusters_for(const std::string& mesh, const Calls& calls) {
  Compiled c(mesh);
  return clusters_of(*c.mesh.view_of(**c.mesh.find_client("a"), calls));
}

const std::vector<std::string> kNames = {"a", "b", "c", "d"};
using Names = std::vector<std::string>;

TEST(CompileCalls, OnlyWhatIsCalledIsCompiled) {
  EXPECT_EQ(clusters_for(mesh_of(kNames), {{"b", 80}}), Names({"outbound|80||b"}));
  EXPECT_EQ(clusters_for(mesh_of(kNames), {{"b", 80}, {"d.default.svc", 80}}),
            Names({"outbound|80||b", "outbound|80||d"}));
  EXPECT_EQ(clusters_for(mesh_of(kNames), {}), Names());
}

TEST(CompileCalls, AndWhereItsRulesLead) {
  const std::string to_c = virtual_service(
      "b", "route: [{destination: {host: b}, weight: 9}, {destination: {host: c}, weight: 1}]");
  EXPECT_EQ(clusters_for(mesh_of(kNames, to_c), {{"b", 80}}),
            Names({"outbound|80||b", "outbound|80||c"}));
  const std::string mirrored =
      virtual_service("b", "route: [{destination: {host: b}}], mirror: {host: d}");
  EXPECT_EQ(clusters_for(mesh_of(kNames, mirrored), {{"b", 80}}),
            Names({"outbound|80||b", "outbound|80||d"}));
  EXPECT_EQ(clusters_for(mesh_of(kNames, to_c), {{"d", 80}}), Names({"outbound|80||d"}));
}

TEST(CompileCalls, AnotherNameOfAServiceIsTheService) {
  const std::string alias =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: other}\nspec: {type: ExternalName, "
      "externalName: c.default.svc.cluster.local}\n";
  EXPECT_EQ(clusters_for(mesh_of(kNames, alias), {{"other", 80}}), Names({"outbound|80||c"}));
}

TEST(CompileCalls, CallsOutOfTheOrdinaryGetTheWholeView) {
  const auto get_all = [](const std::string& more, const CalledHost& call) {
    Compiled c(mesh_of(kNames, more));
    const MeshPod& a = **c.mesh.find_client("a");
    return c.mesh.view_of(a, Calls{call}) == c.mesh.view_of(a);
  };
  EXPECT_FALSE(get_all("", {"b", 80}));
  EXPECT_TRUE(get_all("", {"nobody", 80}));
  EXPECT_TRUE(get_all("", {"b", 81}));
  const std::string outside =
      "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: w}\nspec: "
      "{hosts: [\"*.example.com\"], ports: [{number: 80, name: http, protocol: HTTP}]}\n";
  EXPECT_TRUE(get_all(outside, {"api.example.com", 80}));
  EXPECT_FALSE(get_all(outside, {"b", 80}));
  const std::string stream =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: b}, "
      "ports: [{name: tcp, port: 90}]}\n";
  EXPECT_TRUE(get_all(stream, {"s", 90}));
  const std::string hidden =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: h, namespace: far, annotations: "
      "{networking.istio.io/exportTo: \".\"}}\nspec: {ports: [{name: http, port: 80}]}\n";
  EXPECT_TRUE(get_all(hidden, {"h.far", 80}));
}

TEST(CompileCalls, ARuleForANameThatIsNoServicesMayTakeTheCall) {
  const std::string rule =
      virtual_service("b.default", "route: [{destination: {host: c.default.svc.cluster.local}}]");
  Compiled c(mesh_of(kNames, rule));
  const MeshPod& a = **c.mesh.find_client("a");
  EXPECT_EQ(c.mesh.view_of(a, Calls{{"b.default", 80}}), c.mesh.view_of(a));
  EXPECT_NE(c.mesh.view_of(a, Calls{{"b", 80}}), c.mesh.view_of(a));
}

TEST(CompileCalls, FaultsKeepTheNumbersOfTheirFilters) {
  const std::string fault = "route: [{destination: {host: b}}], fault: {abort: {httpStatus: 503}}";
  const std::string elsewhere =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: e}\nspec: {selector: {app: d}, "
      "ports: [{name: http, port: 70}]}\n" +
      virtual_service("e", "route: [{destination: {host: e}}], fault: {abort: {httpStatus: 503}}");
  EXPECT_EQ(clusters_for(mesh_of(kNames, virtual_service("b", fault)), {{"b", 80}}).size(), 1U);
  const std::string both = mesh_of(kNames, virtual_service("b", fault) + elsewhere);
  EXPECT_EQ(clusters_for(both, {{"b", 80}}).size(), 5U);
  EXPECT_EQ(clusters_for(both, {{"c", 80}}).size(), 1U);
}

TEST(CompileCalls, PodsOfAClassShareAView) {
  Compiled c(mesh_of(kNames), {.replicas = {{"a.default", 2}}, .localities = {}});
  const auto first = c.mesh.view_of(c.mesh.pods()[0], Calls{{"b", 80}});
  EXPECT_EQ(c.mesh.view_of(c.mesh.pods()[1], Calls{{"b", 80}}), first);
  EXPECT_NE(c.mesh.view_of(c.mesh.pods()[0], Calls{{"c", 80}}), first);
  EXPECT_EQ(c.mesh.inbound_view_of(c.mesh.pods()[0]), c.mesh.inbound_view_of(c.mesh.pods()[1]));
}

TEST(CompileCalls, TheInboundSideAloneIsThatOfTheWholeView) {
  Compiled c(mesh_of(kNames));
  const MeshPod& a = c.mesh.pods()[0];
  const auto bootstrap = [&](const View& view) {
    return to_bootstrap_inbound(view, a, BootstrapFor::kSimulator);
  };
  EXPECT_EQ(bootstrap(*c.mesh.inbound_view_of(a)), bootstrap(*c.mesh.view_of(a)));
  EXPECT_TRUE(c.mesh.inbound_view_of(a)->clusters.empty());
}

/// What becomes of requests with this authority: the virtual host's routes, and the clusters that
/// they name.
std::string decision(const Json& bootstrap, const std::string& authority, int port) {
  const Json& resources = bootstrap["static_resources"];
  std::string routes;
  for (const Json& listener : resources["listeners"]) {
    if (listener["address"]["socket_address"]["port_value"] != port) continue;
    const Json& manager = listener["filter_chains"][0]["filters"][0]["typed_config"];
    for (const Json& host : manager["route_config"]["virtual_hosts"]) {
      for (const Json& domain : host["domains"]) {
        if (domain == authority) routes = host["routes"].dump();
      }
    }
  }
  std::string out = routes;
  for (const Json& cluster : resources["clusters"]) {
    if (routes.contains(cluster["name"].dump())) out += "\n" + cluster.dump();
  }
  return out;
}

TEST(CompileCalls, EveryCallInTheGoldenMeshesIsDecidedOnAsByTheWholeView) {
  const auto root = testing::shared_path("data/istiod-goldens");
  if (!root) GTEST_SKIP() << testing::kNoShared;
  int calls = 0, narrowed = 0;
  for (const auto& folder : std::filesystem::directory_iterator(*root)) {
    if (!folder.is_directory()) continue;
    Diagnostics diagnostics;
    Resources resources;
    resources.load({folder.path().string()}, diagnostics);
    Mesh mesh(resources, {});
    if (mesh.pods().empty()) continue;
    const MeshPod& client = mesh.pods().front();
    const auto whole = mesh.view_of(client);
    const Json all = to_bootstrap_outbound(*whole, BootstrapFor::kSimulator);
    for (const auto& [table, config] : whole->routes.items()) {
      const int port = std::atoi(table.substr(table.find(':') + 1).c_str());
      for (const Json& host : config["virtualHosts"]) {
        const auto sniffed = whole->sniffed_domains.find(table);
        const Json& domains = sniffed == whole->sniffed_domains.end() ? host["domains"] : *sniffed;
        for (const Json& domain : domains) {
          const std::string name = domain.get<std::string>();
          const auto view = mesh.view_of(client, Calls{{name, port}});
          ++calls;
          if (view == whole) continue;
          ++narrowed;
          const Json part = to_bootstrap_outbound(*view, BootstrapFor::kSimulator);
          EXPECT_EQ(decision(part, name, port), decision(all, name, port))
              << folder.path() << " " << name << ":" << port;
        }
      }
    }
  }
  EXPECT_GT(calls, 500);
  EXPECT_GT(narrowed, calls / 2);
}

}  // namespace
}  // namespace squall::config
