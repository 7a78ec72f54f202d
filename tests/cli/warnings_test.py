"""Warnings: what is read and has no effect is said with its place, grouped, in 20 lines at most; the run goes on."""
from squall import SCENARIO, Case

ROUTE = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %(name)s}
spec:
  hosts: [%(name)s]
  http:
    - route: [{destination: {host: shop}}]
      corsPolicy: {allowOrigins: [{exact: "https://shop.example"}]}
"""
UNKNOWN = """apiVersion: %s
kind: %s
metadata: {name: x%s}
"""


class Warnings(Case):
    def warnings(self, manifests, status=0, **options):
        self.write("s.yaml", SCENARIO)
        self.write("m.yaml", "---\n".join(manifests))
        done = self.squall("run", "s.yaml", "--manifests", "m.yaml", **options)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn("PASS", done.stdout.splitlines()[0])
        return done.stderr.splitlines()

    def test_what_is_compiled_but_not_simulated_is_a_warning_at_its_rule(self):
        self.assertEqual(self.warnings([ROUTE % {"name": "shop"}]),
                         ["m.yaml:7:7: warning: spec.http[0].corsPolicy has no effect in virtual time"])

    def test_a_field_that_is_not_honoured_is_a_warning_at_the_field(self):
        rule = ("apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: shop}\nspec:\n  host: shop\n"
                "  trafficPolicy:\n    connectionPool: {http: {http2KeepAlive: {}, maxRetries: 1}}\n")
        self.assertEqual(self.warnings([rule]), [
            "m.yaml:7:29: warning: spec.trafficPolicy.connectionPool.http.http2KeepAlive is not honoured by squall"])

    def test_kinds_that_are_not_known_are_named_once_each_and_skipped(self):
        lines = self.warnings([UNKNOWN % ("v1", "ConfigMap", i) for i in range(3)] +
                              [UNKNOWN % ("telemetry.istio.io/v1", "Telemetry", "")])
        self.assertEqual(lines, [
            "m.yaml:1:1: note: ConfigMap is not read by squall, skipped (3 objects)",
            "m.yaml:13:1: note: Telemetry of telemetry.istio.io is not read by squall, skipped"])

    def test_the_same_warning_about_other_names_is_one_line(self):
        lines = self.warnings([(ROUTE % {"name": f"shop{i}"}).replace(f"hosts: [shop{i}]", "hosts: [shop]")
                               for i in range(30)])
        self.assertEqual(lines, ["m.yaml:7:7: warning: spec.http[0].corsPolicy has no effect in virtual time (and 29 more like it)"])

    def test_warnings_that_advise_a_name_are_not_taken_for_one(self):
        routes = [(ROUTE.split("      cors")[0] % {"name": name}).replace("host: shop", f"host: {name}")
                  .replace(f"hosts: [{name}]", "hosts: [shop]") for name in ("shpo", "sohp")]
        lines = self.warnings(routes)
        self.assertEqual([line.rsplit("; ", 1)[1] for line in lines], ['did you mean "shop"?'] * 2)

    def test_there_are_never_more_than_20_lines(self):
        lines = self.warnings([UNKNOWN % ("example.com/v1", f"Kind{i}", "") for i in range(60)])
        self.assertEqual(len(lines), 20)
        self.assertEqual(lines[-1], "... and 41 more kinds of warnings")

    def test_a_subset_that_does_not_exist_is_a_warning_and_503_for_its_share(self):
        self.write("s.yaml", SCENARIO.replace("from: outside", "from: shop"))
        self.write("m.yaml", ROUTE.replace("host: shop}", "host: shop, subset: canary}").split("      cors")[0] % {"name": "shop"})
        done = self.squall("run", "s.yaml", "--manifests", "m.yaml")
        self.assertEqual((done.returncode, done.stderr), (0,
            'm.yaml:7:50: warning: spec.http[0].route[0].destination.subset: no DestinationRule for shop.default has the '
            'subset "canary"; add one: what goes there is lost\n'))
        self.assertIn("NC", done.stdout)

    def test_a_try_that_may_last_longer_than_the_request_is_a_warning(self):
        route = ROUTE.split("      cors")[0] % {"name": "shop"}
        self.assertEqual(self.warnings([route + "      timeout: 1s\n      retries: {attempts: 2, perTryTimeout: 2s}\n"]), [
            "m.yaml:9:45: warning: spec.http[0].retries.perTryTimeout: 2s is longer than the timeout of 1s, which ends the "
            "request first; make it shorter, so that time is left for another try"])
        self.assertEqual(self.warnings([route + "      timeout: 2s\n      retries: {attempts: 2, perTryTimeout: 2s}\n"]), [])

    def test_a_load_after_the_end_or_none_is_a_warning(self):
        self.write("s.yaml", SCENARIO.split("  load:")[0])
        done = self.squall("run", "s.yaml")
        self.assertEqual(done.stderr, "s.yaml:1:1: warning: no load: nothing will happen; add spec.load\n")


DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: %(name)s, namespace: %(ns)s}
spec:
  selector: {matchLabels: {app: %(app)s}}
  template: {metadata: {labels: {app: %(app)s}}, spec: {containers: [{name: app, ports: [{containerPort: 80}]}]}}
"""
SERVICE = """apiVersion: v1
kind: Service
metadata: {name: %(name)s, namespace: %(ns)s}
spec: {selector: {app: %(app)s}, ports: [{name: http, port: 80}]}
"""


def parts(name, ns="default", deployment=None):
    return (DEPLOYMENT % {"name": deployment or name, "ns": ns, "app": name} + "---\n"
            + SERVICE % {"name": name, "ns": ns, "app": name})


BESIDE = """apiVersion: squall.dev/v1
kind: Scenario
spec:
  duration: 2s
  manifests: [m.yaml]
  workloads:
    %s: {latency: 2ms}
  load:
    - {name: users, from: outside, to: http://payment/, rate: 10/s}
"""


class NamespacesWithoutSidecars(Case):
    """Of a namespace that is declared without a label for injection."""
    def notes(self, labels="", front="{calls: [{to: http://stock/}]}"):
        self.write("m.yaml", f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop{labels}}}\n---\n"
                   + parts("front", ns="shop") + "---\n" + parts("stock", ns="shop"))
        self.write("s.yaml", "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 2s\n  manifests: [m.yaml]\n"
                             f"  workloads:\n    front: {front}\n    client.lab: {{}}\n    stock.shop: {{}}\n"
                             "  load: [{name: users, from: client.lab, to: http://front.shop/, rate: 10/s}]\n")
        done = self.squall("run", "s.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_its_calls_are_named(self):
        self.assertEqual(self.notes(), "m.yaml:1:1: note: the pods of namespace shop have no sidecar: no rule acts on "
                                       "front.shop -> stock.shop; label the namespace istio-injection: enabled, if it is so "
                                       "labelled where it runs\n")

    def test_calls_to_it_are_named_where_it_makes_none(self):
        self.assertIn("m.yaml:1:1: note: the pods of namespace shop have no sidecar: no sidecar receives client.lab -> front.shop;",
                      self.notes(front="{}"))

    def test_a_label_for_injection_or_against_it_says_what_is_meant(self):
        for label in ("istio-injection: enabled", "istio-injection: disabled", "istio.io/rev: stable"):
            self.assertEqual(self.notes(", labels: {" + label + "}"), "")


class WorkloadsBesideManifests(Case):
    def setUp(self):
        super().setUp()
        self.write("m.yaml", parts("payment"))

    def warnings(self, workload, *arguments, status=0):
        self.write("s.yaml", BESIDE % workload)
        done = self.squall("run", "s.yaml", *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def test_one_that_the_scenario_leaves_out_is_noted_when_it_is_asked(self):
        self.write("m.yaml", parts("payment") + "---\n" + parts("stock") + "---\n"
                   + ROUTE.split("      cors")[0].replace("shop}", "stock}") % {"name": "payment"})
        self.write("s.yaml", BESIDE % "client")
        for source, name in (("outside", "payment"), ("client", "stock")):  # whom the route leads away
            done = self.squall("run", "s.yaml", f"--set=load.users.from={source}")
            self.assertIn(f"  - requests to {name} were answered at once, as the scenario says nothing of a latency\n",
                          done.stdout)
        done = self.squall("run", "s.yaml", "--set=workloads.payment={}")
        self.assertNotIn("answered at once", done.stdout)

    def test_a_mistyped_name_that_nothing_reaches_is_a_warning_at_its_place(self):
        self.assertEqual(self.warnings("paymnt"),
                         's.yaml:7:5: warning: no load or call reaches the workload "paymnt"; did you mean "payment"?\n')

    def test_one_on_the_command_line_is_an_error(self):
        self.assertEqual(self.warnings("payment", "--set", "workloads.paymnt.replicas=3", status=2),
                         '--set workloads.paymnt.replicas=3: error: no load or call reaches the workload "paymnt"; '
                         'did you mean "payment"?\n')

    def test_names_with_dots_on_the_command_line(self):
        self.assertEqual(self.warnings("payment", "--set", "workloads.paymnt.default.replicas=3", status=2),
                         '--set workloads.paymnt.default.replicas=3: error: no load or call reaches the workload '
                         '"paymnt.default"; did you mean "payment.default"?\n')
        self.assertEqual(self.warnings("payment", "--set", "load.usrs.rate=1/s", status=2),
                         "--set load.usrs.rate=1/s: error: the scenario has no load.usrs.rate; did you mean load.users.rate?\n")

    def test_so_is_one_in_what_a_test_overrides(self):
        self.warnings("payment")
        self.write("s_test.yaml", "apiVersion: squall.dev/v1\nkind: Test\nspec:\n  scenario: s.yaml\n  tests:\n"
                   "    - {name: six, override: {workloads: {paymnt: {replicas: 6}}}}\n")
        done = self.squall("test", "s_test.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn('s_test.yaml:6:42: error: no load or call reaches the workload "paymnt"; did you mean "payment"?',
                      done.stdout)

    def test_so_is_one_on_a_side_of_a_comparison(self):
        self.warnings("payment")
        self.write("more.yaml", "apiVersion: squall.dev/v1\nkind: Scenario\nspec: {workloads: {paymnt: {replicas: 6}}}\n")
        self.refused('more.yaml:3:20: error: after: no load or call reaches the workload "paymnt"; did you mean "payment"?',
                     "diff", "s.yaml", "--after", "more.yaml")

    def test_a_manifest_that_misses_the_one_it_is_to_replace_by_its_namespace(self):
        self.write("m.yaml", parts("payment", ns="shop"))
        self.write("s.yaml", BESIDE.replace("http://payment/", "http://payment.shop/") % "payment.shop")
        changed = parts("payment", ns="shop").replace("replicas: 1", "replicas: 3")
        for written, told in (("", "default"), (", namespace: shp", "shp")):
            self.write("new.yaml", changed.replace(", namespace: shop", written))
            done = self.squall("run", "s.yaml", "--manifests", "new.yaml")
            self.assertIn(f"warning: Deployment {told}/payment replaces nothing: the one that there is stands in namespace "
                          "shop; did you mean metadata.namespace: shop?\n", done.stderr)
        self.write("new.yaml", changed)
        self.assertNotIn("replaces nothing", self.squall("run", "s.yaml", "--manifests", "new.yaml").stderr)

    def test_a_name_that_is_near_to_none_is_named_too(self):
        self.assertEqual(self.warnings("mail"), 's.yaml:7:5: warning: no load or call reaches the workload "mail"; '
                                                'name one of the manifests, or leave it out\n')

    def test_a_fault_reaches_it_and_nobody_is_there_to_see(self):
        self.assertEqual(self.warnings("mail", "--set=faults=[{at: 1s, workload: mail, slow: {factor: 2}}]"),
                         's.yaml:7:5: warning: no load or call reaches the workload "mail"; '
                         'name one of the manifests, or leave it out\n')

    def test_one_that_is_meant_to_be_made_up_is_no_warning(self):
        for more in ("--set=load.users.to=http://mail/", "--set=workloads.payment={calls: [{to: http://mail/}]}",
                     "--set=load.users.from=mail"):
            self.assertEqual(self.warnings("mail", more), "")

    def test_one_that_a_route_leads_to_is_no_warning(self):
        self.write("m.yaml", parts("payment") + "---\n" + ROUTE.split("      cors")[0].replace("shop}", "mail}")
                   % {"name": "payment"})
        self.assertEqual(self.warnings("mail", "--set=workloads.client={}", "--set=load.users.from=client"), "")

    def test_the_name_of_a_service_is_not_the_name_of_its_pods(self):
        self.write("m.yaml", parts("payment", deployment="payment-v1"))
        self.assertEqual(self.warnings("payment", status=2),
                         's.yaml:7:5: error: "payment" is a Service and no workload; its pods are those of payment-v1\n')

    def test_nor_is_that_of_a_service_of_another_namespace(self):
        self.write("m.yaml", parts("payment", ns="shop", deployment="payment-v1"))
        self.assertEqual(self.warnings("payment", "--set=load.users.to=http://payment.shop/"),
                         's.yaml:7:5: warning: no load or call reaches the workload "payment"; the pods of that Service are '
                         "those of payment-v1\n")

    def test_requests_that_match_no_route_stand_out(self):
        self.write("m.yaml", parts("payment") + "---\n" + ROUTE.split("    - route")[0] % {"name": "payment"}
                   + "    - match: [{uri: {exact: /x}}]\n      route: [{destination: {host: payment}}]\n")
        self.write("s.yaml", BESIDE.replace("outside", "client") % "payment" + "  seed: 1\n")
        done = self.squall("run", "s.yaml", "--set=workloads.client={}")
        self.assertRegex(done.stdout, r"- client -> payment: (\d+) of \1 requests matched no route \(NR\), answered 404\n")
        self.assertIn("- no route of VirtualService default/payment (m.yaml:", done.stdout)

    def test_pods_that_are_made_up_fit_the_service_that_is_there(self):
        self.write("m.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: payment}\nspec:\n  selector: {run: pay, tier: "
                             "'1'}\n  ports: [{name: http, port: 80, targetPort: web}, {name: http-b, port: 81, targetPort: web}]\n")
        self.assertEqual(self.warnings("payment", "--set", 'expect=[\'success{load="users"} == 1\']'), "")

    def test_a_host_of_another_namespace_is_advised_as_it_must_be_written(self):
        self.write("m.yaml", parts("front", ns="shop"))
        self.write("s.yaml", BESIDE.replace("http://payment/", "http://front/") % "front")
        self.refused('s.yaml:9:40: error: no Service has the host "front"; did you mean "front.shop"?', "run", "s.yaml")
