"""Warnings: what is read and has no effect is said with its place, grouped, in 20 lines at most; the run goes on."""
from squall import SCENARIO, Case

ROUTE = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %(name)s}
spec:
  hosts: [%(name)s]
  http:
    - route: [{destination: {host: shop}}]
      fault: {delay: {fixedDelay: 1s, percentage: {value: 100}}}
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
                         ["m.yaml:7:7: warning: spec.http[0].fault has no effect in virtual time"])

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
        lines = self.warnings([ROUTE % {"name": f"shop{i}"} for i in range(30)])
        self.assertEqual(lines, ["m.yaml:7:7: warning: spec.http[0].fault has no effect in virtual time (and 29 more like it)"])

    def test_there_are_never_more_than_20_lines(self):
        lines = self.warnings([UNKNOWN % ("example.com/v1", f"Kind{i}", "") for i in range(60)])
        self.assertEqual(len(lines), 20)
        self.assertEqual(lines[-1], "... and 41 more kinds of warnings")

    def test_a_subset_that_does_not_exist_is_no_error_of_the_file_but_503_for_its_share(self):
        self.write("s.yaml", SCENARIO.replace("from: outside", "from: shop"))
        self.write("m.yaml", ROUTE.replace("host: shop}", "host: shop, subset: canary}").split("      fault")[0] % {"name": "shop"})
        done = self.squall("run", "s.yaml", "--manifests", "m.yaml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("NC", done.stdout)

    def test_a_load_after_the_end_or_none_is_a_warning(self):
        self.write("s.yaml", SCENARIO.split("  load:")[0])
        done = self.squall("run", "s.yaml")
        self.assertEqual(done.stderr, "s.yaml:1:1: warning: no load: nothing will happen; add spec.load\n")
