"""`sidecar: {envoy: FILE}` with what an Envoy was dumped to run: a plain one's, and an istio-proxy's.

config_dump/envoy.json is the /config_dump?include_eds of an Envoy 1.40 with listeners, clusters, routes and endpoints from
files; envoy.yaml beside it is the same configuration as a bootstrap. The istio-proxy's is made here, in the shape that one has.
"""
import json
import pathlib
import shutil

from squall import Case

HERE = pathlib.Path(__file__).resolve().parent / "config_dump"
PLAIN = """apiVersion: squall.dev/v1
kind: Scenario
spec:
  duration: 20s
  workloads:
    web: {calls: [{to: "http://db/"}], sidecar: {envoy: %s}}
    db: {replicas: 2, latency: 2ms, errors: {ratio: 30%%, status: 503}, addresses: ["10.0.0.1:8080", "10.0.0.2:8080"]}
  load: [{name: users, from: outside, to: "http://web/", rate: 50/s}]
"""
MESH = """apiVersion: squall.dev/v1
kind: Scenario
spec:
  duration: 10s
  workloads:
    web: {calls: [{to: "http://db/"}], sidecar: {envoy: dump.json}}
    db: {replicas: 3, latency: 2ms}
  load: [{name: users, from: outside, to: "http://web/", rate: 50/s, arrivals: constant}]
  faults: [{at: 5s, workload: db, error: {ratio: 100%, status: 503}}]
"""
STRICT = """apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: default}
spec: {mtls: {mode: STRICT}}
"""

ADMIN = "type.googleapis.com/envoy.admin.v3."
FILTERS = "type.googleapis.com/envoy.extensions.filters."
TLS = {"name": "envoy.transport_sockets.tls", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    "common_tls_context": {"tls_certificate_sds_secret_configs": [{"name": "default"}]}}}
HTTP = [
    {"name": "istio.metadata_exchange", "typed_config": {"@type": "type.googleapis.com/io.istio.http.peer_metadata.Config"}},
    {"name": "envoy.filters.http.grpc_stats", "typed_config": {"@type": FILTERS + "http.grpc_stats.v3.FilterConfig"}},
    {"name": "istio.alpn", "typed_config": {"@type": "type.googleapis.com/istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig"}},
    {"name": "envoy.filters.http.fault", "typed_config": {"@type": FILTERS + "http.fault.v3.HTTPFault"}},
    {"name": "envoy.filters.http.cors", "typed_config": {"@type": FILTERS + "http.cors.v3.Cors"}},
    {"name": "istio.stats", "typed_config": {"@type": "type.googleapis.com/stats.PluginConfig"}},
    {"name": "envoy.filters.http.router", "typed_config": {"@type": FILTERS + "http.router.v3.Router"}}]


def address(host, port):
    return {"socket_address": {"address": host, "port_value": port}}


def manager(table, **more):
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": {
        "@type": FILTERS + "network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": table,
        "rds": {"config_source": {"ads": {}, "resource_api_version": "V3"}, "route_config_name": table},
        "http_filters": HTTP, "tracing": {"client_sampling": {"value": 100}},
        "upgrade_configs": [{"upgrade_type": "websocket"}], "stream_idle_timeout": "0s", "normalize_path": True,
        "access_log": [{"name": "envoy.access_loggers.file", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": "/dev/stdout"}}],
        "request_id_extension": {"typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig"}}, **more}}


def tcp(cluster):
    return {"name": "envoy.filters.network.tcp_proxy", "typed_config": {
        "@type": FILTERS + "network.tcp_proxy.v3.TcpProxy", "stat_prefix": cluster, "cluster": cluster}}


def outbound(host, port, table):
    return {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": f"{host}_{port}",
            "address": address(host, port), "traffic_direction": "OUTBOUND", "bind_to_port": False,
            "listener_filters": [{"name": "envoy.filters.listener.http_inspector", "typed_config": {
                "@type": FILTERS + "listener.http_inspector.v3.HttpInspector"}}],
            "filter_chains": [{"filter_chain_match": {"transport_protocol": "raw_buffer",
                                                      "application_protocols": ["http/1.1", "h2c"]},
                               "filters": [manager(table)]}],
            "default_filter_chain": {"name": "PassthroughFilterChain", "filters": [tcp("PassthroughCluster")]}}


def listeners():
    virtual = {"name": "virtualOutbound", "address": address("0.0.0.0", 15001), "use_original_dst": True,
               "traffic_direction": "OUTBOUND", "filter_chains": [{"filters": [tcp("PassthroughCluster")]}]}
    into = {"name": "virtualInbound", "address": address("0.0.0.0", 15006), "traffic_direction": "INBOUND",
            "filter_chains": [{"filters": [manager("inbound|80||")]}, {"filters": [tcp("InboundPassthroughCluster")]}]}
    stats = {"name": "stats", "address": address("0.0.0.0", 15090),
             "filter_chains": [{"filters": [manager("prometheus")]}]}
    bytes_ = {"name": "10.96.0.10_5432", "address": address("10.96.0.10", 5432), "bind_to_port": False,
              "traffic_direction": "OUTBOUND", "filter_chains": [{"filters": [tcp("outbound|5432||postgres.default.svc.cluster.local")]}]}
    active = [virtual, into, bytes_, outbound("0.0.0.0", 80, "80"),
              outbound("10.96.0.11", 80, "sniffed.default.svc.cluster.local:80")]
    return {"@type": ADMIN + "ListenersConfigDump",
            "static_listeners": [{"listener": stats}],
            "dynamic_listeners": [{"name": one["name"], "active_state": {"version_info": "1", "listener": one}} for one in active]
            + [{"name": "late", "warming_state": {"listener": {"name": "late"}}}]}


def clusters():
    def one(name, **more):
        return {"version_info": "1", "cluster": {
            "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": name, "type": "EDS", "connect_timeout": "10s",
            "eds_cluster_config": {"eds_config": {"ads": {}}, "service_name": name}, "lb_policy": "LEAST_REQUEST",
            "common_lb_config": {"healthy_panic_threshold": {}},
            "transport_socket_matches": [{"name": "tlsMode-istio", "match": {"tlsMode": "istio"}, "transport_socket": TLS},
                                         {"name": "tlsMode-disabled", "match": {}, "transport_socket": {
                                             "name": "envoy.transport_sockets.raw_buffer"}}],
            "filters": [{"name": "istio.metadata_exchange", "typed_config": {
                "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                "type_url": "type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange"}}], **more}}
    passing = {"version_info": "1", "cluster": {"name": "PassthroughCluster", "type": "ORIGINAL_DST",
                                                "connect_timeout": "10s", "lb_policy": "CLUSTER_PROVIDED"}}
    pipe = {"cluster": {"name": "sds-grpc", "type": "STATIC", "load_assignment": {"cluster_name": "sds-grpc", "endpoints": [
        {"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": "./socket"}}}}]}]}}}
    return {"@type": ADMIN + "ClustersConfigDump", "static_clusters": [pipe],
            "dynamic_active_clusters": [one("outbound|80||db.default.svc.cluster.local"),
                                        one("outbound|80||sniffed.default.svc.cluster.local"),
                                        one("outbound|9999||nobody.default.svc.cluster.local"), passing]}


def routes():
    def table(name, hosts):
        return {"version_info": "1", "route_config": {"name": name, "validate_clusters": False,
                                                      "ignore_port_in_host_matching": True, "virtual_hosts": hosts}}

    def host(name, domains, cluster, retries):
        return {"name": name, "domains": domains, "include_request_attempt_count": True, "routes": [
            {"name": "default", "match": {"prefix": "/"}, "decorator": {"operation": name},
             "metadata": {"filter_metadata": {"istio": {"config": "/apis/networking.istio.io/v1/namespaces/default/virtual-service/db"}}},
             "route": {"cluster": cluster, "timeout": "0s", "max_grpc_timeout": "0s", "retry_policy": {
                 "retry_on": "503", "retriable_status_codes": [503], "num_retries": retries,
                 "retry_host_predicate": [{"name": "envoy.retry_host_predicates.previous_hosts", "typed_config": {
                     "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"}}],
                 "host_selection_retry_max_attempts": "5"}}}]}
    db = host("db.default.svc.cluster.local:80", ["db.default.svc.cluster.local", "db", "10.96.0.9"],
              "outbound|80||db.default.svc.cluster.local", 1)
    db["routes"][0]["route"]["retry_policy"]["retry_on"] = "retriable-status-codes"
    sniffed = host("sniffed.default.svc.cluster.local:80", ["*"], "outbound|80||sniffed.default.svc.cluster.local", 0)
    any_ = {"name": "allow_any", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "PassthroughCluster"}}]}
    return {"@type": ADMIN + "RoutesConfigDump", "dynamic_route_configs": [
        table("80", [db, any_]), table("sniffed.default.svc.cluster.local:80", [sniffed])]}


def endpoints():
    def one(name, addresses):
        return {"endpoint_config": {"cluster_name": name, "policy": {"overprovisioning_factor": 140}, "endpoints": [
            {"locality": {}, "load_balancing_weight": len(addresses), "lb_endpoints": [
                {"endpoint": {"address": address(host, 80), "health_check_config": {}}, "health_status": "HEALTHY",
                 "load_balancing_weight": 1, "metadata": {"filter_metadata": {
                     "envoy.transport_socket_match": {"tlsMode": "istio"},
                     "istio": {"workload": "db;default;db;v1;Kubernetes"}}}} for host in addresses]}]}}
    return {"@type": ADMIN + "EndpointsConfigDump", "dynamic_endpoint_configs": [
        # Addresses that pods of the scenario happen to have, too.
        one("outbound|80||db.default.svc.cluster.local", ["10.244.0.2", "10.244.7.7"]),
        one("outbound|80||sniffed.default.svc.cluster.local", ["10.244.7.9"]),
        one("outbound|9999||nobody.default.svc.cluster.local", [])]}


def istio(**sections):
    bootstrap = {"@type": ADMIN + "BootstrapConfigDump", "bootstrap": {
        "node": {"id": "sidecar~10.244.7.1~web-1.default~default.svc.cluster.local", "cluster": "web.default",
                 "metadata": {"NAMESPACE": "default"}},
        "layered_runtime": {"layers": [{"name": "global config", "static_layer": {
            "overload.global_downstream_max_connections": "2147483647", "re2.max_program_size.error_level": "32768",
            "envoy.reloadable_features.http_reject_path_with_fragment": "false"}}, {"name": "admin", "admin_layer": {}}]},
        "dynamic_resources": {"ads_config": {}}, "tracing": {}, "bootstrap_extensions": [{"name": "x"}],
        "cluster_manager": {"outlier_detection": {"event_log_path": "/dev/stdout"}}}}
    parts = {"bootstrap": bootstrap, "clusters": clusters(), "endpoints": endpoints(), "listeners": listeners(),
             "scoped": {"@type": ADMIN + "ScopedRoutesConfigDump"}, "routes": routes(),
             "secrets": {"@type": ADMIN + "SecretsConfigDump", "dynamic_active_secrets": [{"name": "default"}]}}
    parts.update(sections)
    return {"configs": [part for part in parts.values() if part is not None]}


class ConfigDump(Case):
    def report(self, scenario):
        done = self.squall("run", scenario, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def run_istio(self, dump, scenario=MESH, status=0):
        self.write("dump.json", json.dumps(dump, indent=1))
        self.write("s.yaml", scenario)
        done = self.squall("run", "s.yaml", "--format", "json")
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout) if status == 0 else done.stderr

    def test_an_envoys_is_what_its_bootstrap_would_be(self):
        for name in ("envoy.json", "envoy.yaml"):
            shutil.copy(HERE / name, self.folder / name)
        self.write("s.yaml", PLAIN % "envoy.json")
        dumped = self.report("s.yaml")
        self.write("s.yaml", PLAIN % "envoy.yaml")
        self.assertEqual(dumped, self.report("s.yaml"))
        edge = next(one for one in json.loads(dumped)["edges"] if one["service"] == "db")
        self.assertGreater(edge["retries"], 0)

    def test_names_may_be_in_camel_case(self):
        def camel(value):
            if isinstance(value, list):
                return [camel(one) for one in value]
            if not isinstance(value, dict):
                return value
            out = {}
            for key, one in value.items():
                head, *rest = key.split("_")
                out[key if "." in key else head + "".join(part.capitalize() for part in rest)] = camel(one)
            return out
        self.assertEqual(self.run_istio(istio()), self.run_istio(camel(istio())))

    def test_an_istio_proxys_services_are_the_scenarios_pods(self):
        report = self.run_istio(istio())
        (edge,) = [one for one in report["edges"] if one["source"] == "web.default"]
        self.assertEqual((edge["service"], edge["destination"]), ("db.default", "db.default"))
        asked = {one["pod"]: one["requests"] for one in report["endpoints"] if one["pod"].startswith("db-")}
        self.assertEqual(len(asked), 3)
        self.assertTrue(all(n > 50 for n in asked.values()), asked)
        # Every request of the latter half is sent twice, by the dumped route's policy.
        failed = edge["status"]["503"]
        self.assertEqual(failed, 250)
        self.assertEqual(edge["attempts"], edge["requests"] + failed)

    def test_its_automatic_mtls_is_taken_by_strict_servers(self):
        report = self.run_istio(istio(), MESH.split("  faults")[0].replace("from: outside", "from: user")
                                .replace("    db:", "    user: {}\n    db:") + "---\n" + STRICT)
        (edge,) = [one for one in report["edges"] if one["source"] == "web.default"]
        self.assertEqual(list(edge["status"]), ["200"])
        plain = clusters()
        for one in plain["dynamic_active_clusters"]:
            one["cluster"].pop("transport_socket_matches", None)
        report = self.run_istio(istio(clusters=plain), MESH.split("  faults")[0].replace("from: outside", "from: user")
                                .replace("    db:", "    user: {}\n    db:") + "---\n" + STRICT)
        (edge,) = [one for one in report["edges"] if one["source"] == "web.default"]
        self.assertEqual(edge["flags"], {"UC": edge["requests"]})

    def test_a_port_that_is_sniffed_is_found_by_its_names(self):
        scenario = MESH.split("  faults")[0].replace("http://db/", "http://sniffed.default/").replace("    db:", "    sniffed:")
        report = self.run_istio(istio(), scenario)
        (edge,) = [one for one in report["edges"] if one["source"] == "web.default"]
        self.assertEqual((edge["service"], list(edge["status"])), ("sniffed.default", ["200"]))

    def test_addresses_that_the_scenario_names_are_kept(self):
        scenario = MESH.split("  faults")[0].replace("latency: 2ms", "addresses: ['10.244.7.8:80', '10.244.7.7:80']")
        dump = json.loads(json.dumps(istio()).replace("10.244.0.2", "10.244.9.9"))
        report = self.run_istio(dump, scenario)
        asked = {one["pod"]: one["requests"] for one in report["endpoints"] if one["pod"].startswith("db-")}
        # The other dumped address is nobody's.
        self.assertEqual([name for name, n in asked.items() if n > 0], ["db-1.default"])

    def test_a_subset_is_the_workloads_that_its_endpoints_were_of(self):
        name, subset = "outbound|80||db.default.svc.cluster.local", "outbound|80|v1|db.default.svc.cluster.local"
        dump = json.loads(json.dumps(istio()).replace(name, subset))
        scenario = MESH.split("  faults")[0]
        report = self.run_istio(dump, scenario)
        (edge,) = [one for one in report["edges"] if one["source"] == "web.default"]
        self.assertEqual((edge["subset"], edge["destination"], list(edge["status"])), ("v1", "db.default", ["200"]))
        self.write("dump.json", json.dumps(dump).replace("db;default;db;v1;Kubernetes", "other;default"))
        done = self.squall("run", "s.yaml")
        self.assertIn("warning: no pod of db.default.svc.cluster.local is known to be of its subset v1; give the "
                      "DestinationRule that has the subset, or name its pods by `addresses`\n", done.stderr)

    def test_what_cannot_be_run_is_refused_where_it_stands(self):
        self.assertEqual(self.run_istio(istio(endpoints=None), status=2).splitlines()[0].split(" ", 1)[1],
                         "error: configs[1].dynamic_active_clusters[0].cluster: the endpoints of \"outbound|80||db.default.svc."
                         "cluster.local\" are not in the dump; dump with them: curl 'localhost:15000/config_dump?include_eds'")
        inbound = listeners()
        inbound["dynamic_listeners"] = inbound["dynamic_listeners"][:2]
        self.assertIn("error: configs: no listener takes HTTP that the workload would send; dump the proxy of the workload that calls",
                      self.run_istio(istio(listeners=inbound), status=2))
        self.assertIn("error: configs[3].dynamic_listeners[3].active_state.listener: no RoutesConfigDump has the route "
                      "configuration \"80\"; take the whole of /config_dump?include_eds, without `resource` or `mask`",
                      self.run_istio(istio(routes=None), status=2))
        luas = listeners()
        chain = luas["dynamic_listeners"][3]["active_state"]["listener"]["filter_chains"][0]
        lua = {"name": "lua", "typed_config": {"@type": FILTERS + "http.lua.v3.Lua"}}
        chain["filters"][0]["typed_config"]["http_filters"] = [lua, *HTTP]
        self.assertIn("dump.json:", self.run_istio(istio(listeners=luas), status=2))
        self.assertIn("envoy.extensions.filters.http.lua.v3.Lua is not supported by squall", self.run_istio(istio(listeners=luas), status=2))


if __name__ == "__main__":
    import unittest
    unittest.main()
