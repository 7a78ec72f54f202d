"""`squall graph`: what is solved, in each form; what is refused."""
import json

from squall import ROOT, Case

SHOP = """apiVersion: squall.dev/v1
kind: Scenario
metadata: {name: shop}
spec:
  warmup: 1s
  duration: 21s
  workloads:
    web: {replicas: 2}
    shop: {replicas: 2, concurrency: 20, latency: 5ms, calls: [{to: http://db/}, {to: http://mail/, on_error: ignore}]}
    db: {concurrency: 4, latency: 10ms, errors: {ratio: 10%, status: 503}}
    mail: {latency: 1ms}
  load: [{name: users, from: web, to: http://shop/, rate: 200/s, arrivals: constant}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db}
spec: {hosts: [db], http: [{retries: {attempts: 1, retryOn: 5xx}, route: [{destination: {host: db}}]}]}
"""
LOOP = """apiVersion: squall.dev/v1
kind: Scenario
spec:
  workloads: {a: {latency: 1ms, calls: [{to: http://b/}]}, b: {latency: 1ms, calls: [{to: http://a/%s}]}}
  load: [{name: x, from: outside, to: http://a/, rate: 10/s}]
"""


class Graph(Case):
    def setUp(self):
        super().setUp()
        self.write("shop.yaml", SHOP)

    def graph(self, *arguments):
        done = self.squall("graph", "shop.yaml", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.graph("--format", "json", *arguments))

    def test_text_says_first_what_saturates(self):
        lines = self.graph("--blast", "db").splitlines()
        self.assertEqual(lines[:4], [
            "shop",
            "  - first to saturate: db, at 1.82 times this load, which keeps 55.00% of its 4 slots busy",
            "  - critical path of users, 17.0 ms: shop 5.00 ms, db 11.0 ms, mail 990 µs",
            "  - without db these requests fail: all of load users, all of shop"])
        self.assertIn("TAKEN FOR GRANTED", lines)

    def test_json_has_the_figures(self):
        found = self.json()
        self.assertEqual((found["schema_version"], found["scenario"]), (1, "shop"))
        self.assertEqual(found["bottleneck"], {"workload": "db.default", "saturates_at": 1.81818182})
        workloads = {one["name"]: one for one in found["workloads"]}
        self.assertEqual(workloads["db.default"]["rate_per_s"], 220)
        self.assertEqual(workloads["db.default"]["slots_utilization"], 0.55)
        self.assertEqual(workloads["mail.default"]["rate_per_s"], 198)
        self.assertEqual(workloads["mail.default"]["blast"], {"loads": [], "workloads": []})
        self.assertEqual(workloads["db.default"]["blast"], {
            "loads": [{"name": "users", "failed_ratio": 1}], "workloads": [{"name": "shop.default", "failed_ratio": 1}]})
        edges = {one["destination"]: one for one in found["edges"]}
        self.assertEqual((edges["db.default"]["rate_per_s"], edges["db.default"]["attempts_per_s"],
                          edges["db.default"]["failed_ratio"]), (200, 220, 0.01))
        self.assertEqual(found["loads"][0]["failed_ratio"], 0.01)
        self.assertEqual([one["workload"] for one in found["loads"][0]["critical_path"]],
                         ["shop.default", "db.default", "mail.default"])
        self.assertEqual(found["cycles"], [])

    def test_drawings_mark_the_bottleneck_and_the_critical_path(self):
        dot = self.graph("--format", "dot")
        self.assertTrue(dot.startswith("// first to saturate: db, at 1.82 times this load"))
        self.assertIn('digraph "shop" {', dot)
        self.assertRegex(dot, r'w0 \[label="db\\n1 replica\\n55.00% used\\nsaturates first, at 1.82 times the load", color=red')
        self.assertIn('w2 -> w0 [label="200/s, 1.1 attempts each", color=blue, penwidth=3];', dot)
        mermaid = self.graph("--format", "mermaid")
        self.assertTrue(mermaid.startswith("flowchart LR\n"))
        self.assertIn('w2 ==>|"200/s, 1.1 attempts each"| w0\n', mermaid)
        self.assertIn(":::bottleneck\n", mermaid)

    def test_names_cannot_break_a_drawing(self):
        self.write("odd.yaml", SHOP.replace("name: users", "name: 'a\"]; b\\ -->'"))
        dot = self.squall("graph", "odd.yaml", "--format", "dot").stdout
        self.assertIn('load0 [label="a\\"]; b\\\\ -->\\n200/s", shape=ellipse];', dot)
        mermaid = self.squall("graph", "odd.yaml", "--format", "mermaid").stdout
        self.assertIn('load0(["a#quot;]; b\\ --#gt;<br/>200/s"])', mermaid)

    def test_a_run_stands_beside_the_solution(self):
        solved, both = self.json(), self.json("--run")
        self.assertEqual(both["loads"][0].pop("run")["rate_per_s"], 200)
        for one in both["workloads"] + both["edges"]:
            run = one.pop("run")
            # 4,000 requests: a few per cent by chance.
            self.assertAlmostEqual(run["rate_per_s"], one["rate_per_s"], delta=6)
        self.assertEqual(solved, both)
        self.assertIn("difference", self.graph("--run"))
        self.assertIn("in the run ", self.graph("--run", "--format", "dot"))

    def test_the_same_bytes_each_time(self):
        for form in ("text", "dot", "mermaid", "json"):
            self.assertEqual(self.graph("--format", form), self.graph("--format", form))

    def test_a_result_goes_to_its_file(self):
        self.assertEqual(self.graph("--format", "dot", "-o", "out.dot"), "")
        self.assertTrue((self.folder / "out.dot").read_text().startswith("//"))

    def test_set_and_standard_input(self):
        self.assertIn("at 3.64 times", self.graph("--set", "workloads.db.replicas=2"))
        self.assertEqual(self.squall("graph", "-", stdin=SHOP).stdout, self.graph())

    def test_a_load_that_is_too_much(self):
        self.assertIn("db is saturated: this load needs 275% of its 4 slots; it could take 0.364 times the load",
                      self.graph("--set", "load.users.rate=1000/s").replace("275.00%", "275%"))

    def test_manifests_alone_have_no_calls(self):
        folder = ROOT / "scenarios" / "library" / "bookstore" / "manifests"
        done = self.squall("graph", folder)
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning: no document of kind Scenario; manifests alone do not say who calls whom", done.stderr)
        self.assertIn("no load: there is nothing to solve", done.stdout)
        self.assertIn("payment-service", done.stdout)

    def test_circles_are_told(self):
        self.write("loop.yaml", LOOP % ", probability: 50%")
        done = self.squall("graph", "loop.yaml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("calls lead back to their caller: a -> b -> a", done.stdout)
        self.assertIn("20/s", done.stdout)

    def test_circles_without_end_are_refused(self):
        self.write("loop.yaml", LOOP % "")
        self.refused("loop.yaml: error: calls lead back to their caller so often that requests grow without end: "
                     "a.default -> b.default -> a.default; give one of the calls a probability", "graph", "loop.yaml")

    def test_what_is_refused(self):
        self.refused("squall: error: PATH is required; see `squall help graph`", "graph")
        self.refused("none.yaml: error: there is no such file or folder", "graph", "none.yaml")
        self.write("two.yaml", SHOP)
        self.refused("error: there is more than one scenario: shop.yaml, two.yaml; name one",
                     "graph", "shop.yaml", "two.yaml")
        self.write("two.yaml", "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  workloads: {shop: {}, other.aside: {}}\n"
                   "  load: [{name: x, from: outside, to: http://shop/, rate: 1/s}]\n")
        self.assertIn('did you mean "other"?', self.squall("graph", "two.yaml", "--blast", "othr").stderr)
        self.refused('error: --blast: there is no workload "dv"; did you mean "db"?',
                     "graph", "shop.yaml", "--blast", "dv")
        self.refused("squall: error: --format: xml not in {text,dot,mermaid,json}; see `squall help graph`",
                     "graph", "shop.yaml", "--format", "xml")
        self.write("broken.yaml", SHOP.replace("latency: 5ms", "latency: soon"))
        done = self.squall("graph", "broken.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("broken.yaml:9:", done.stderr)
