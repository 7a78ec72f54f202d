"""`squall diff`: what differs between two configurations, exit statuses, what is wrong with a call."""
import json

from squall import ROOT, Case, squall

SCENARIO = """apiVersion: squall.dev/v1
kind: Scenario
metadata: {name: shop}
spec:
  warmup: 1s
  duration: 11s
  workloads:
    web: {}
    db: {latency: {exponential: {mean: 2ms}}, errors: {ratio: 30%, status: 503}}
    other: {latency: {exponential: {mean: 2ms}}, errors: {ratio: 10%, status: 503}}
  load:
    - {name: users, from: web, to: http://db/, rate: 100/s}
    - {name: aside, from: web, to: http://other/, rate: 50/s}
"""
RETRIES = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: default}
spec:
  hosts: [db]
  http:
    - route: [{destination: {host: db}}]
      retries: {attempts: 3, retryOn: 5xx}
"""
FRAGMENT = "apiVersion: squall.dev/v1\nkind: Scenario\nspec: {}\n".replace("{}", "{workloads: {db: {latency: 50ms}}}")
BOOKSTORE = ROOT / "scenarios" / "library" / "bookstore"


def metric(rows, name, row=0):
    return next(one for one in rows[row]["metrics"] if one["metric"] == name)


class Diff(Case):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO)
        self.write("retries.yaml", RETRIES)
        self.write("slow.yaml", FRAGMENT)

    def report(self, *arguments, status=0):
        done = self.squall("diff", "s.yaml", "--format", "json", *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)

    def test_retries_make_it_better_and_their_absence_worse(self):
        report = self.report("--after", "retries.yaml", "--runs", "5", "--jobs", "2")
        success = metric(report["loads"], "success_ratio")
        self.assertEqual((success["verdict"], report["intervals_of"]), ("better", "seeds"))
        self.assertEqual(metric(report["loads"], "p50_s")["verdict"], "worse")  # they take their time
        self.assertEqual(report["verdict"], "worse")
        self.assertAlmostEqual(success["difference"], 0.3 - 0.3 ** 4, delta=0.02)
        self.assertLess(success["interval"][0], success["difference"])
        self.assertEqual(metric(self.report("--before", "retries.yaml")["loads"], "success_ratio")["verdict"], "worse")

    def test_nothing_changed_is_exactly_zero_everywhere(self):
        report = self.report("--after", "s.yaml", "--runs", "2", "--fail-on", "different")
        self.assertEqual((report["verdict"], report["resources"], report["changed_requests"]), ("same", [], []))
        for part in ("loads", "edges", "workloads"):
            self.assertTrue(report[part])
            for one in (one for row in report[part] for one in row["metrics"]):
                self.assertEqual((one["difference"], one["interval"], one["identical"]), (0, [0, 0], True), one)
        self.assertEqual([one["changed"] for one in report["requests"]], [0, 0])

    def test_exit_statuses(self):
        def diff(*arguments):
            return self.squall("diff", "s.yaml", *arguments).returncode
        self.assertEqual(diff("--before", "retries.yaml"), 0)
        self.assertEqual(diff("--before", "retries.yaml", "--fail-on", "worse"), 1)
        self.assertEqual(diff("--before", "slow.yaml", "--fail-on", "worse"), 0)
        self.assertEqual(diff("--before", "slow.yaml", "--fail-on", "different"), 1)
        self.assertEqual(diff("--after", "gone.yaml"), 2)

    def test_a_fragment_of_the_scenario_changes_a_side(self):
        report = self.report("--after", "slow.yaml")
        self.assertEqual(report["verdict"], "worse")
        self.assertEqual(metric(report["loads"], "p50_s")["after"], 0.05)
        self.assertEqual([(one["resource"], one["change"]) for one in report["resources"]], [("Scenario shop", "changed")])
        self.assertEqual(report["resources"][0]["fields"],
                         [{"path": "spec.workloads.db.latency", "before": "{exponential: {mean: 2ms}}", "after": "50ms"}])

    def test_set_is_of_both_sides_and_beats_a_fragment(self):
        report = self.report("--after", "slow.yaml", "--set", "workloads.db.latency=3ms")
        self.assertEqual((report["verdict"], report["resources"]), ("same", []))

    def test_changed_resources_have_their_places(self):
        report = self.report("--after", "retries.yaml")
        self.assertEqual(report["resources"], [{
            "resource": "VirtualService default/db", "change": "added", "before_file": "", "before_line": 0,
            "after_file": "retries.yaml", "after_line": 1, "fields": [], "more_fields": 0}])

    def test_text_says_what_differs(self):
        out = self.squall("diff", "s.yaml", "--after", "retries.yaml").stdout
        self.assertTrue(out.startswith("shop  WORSE  1 run of each side, seed 1, 11 s\nintervals: 95 %, of the "
                                       "differences in twenty batches of a run"), out)
        self.assertIn("WHAT WAS CHANGED\n  VirtualService default/db added  retries.yaml:1\n", out)
        self.assertRegex(out, r"\n  users +success_ratio +\d+\.\d\d% +\d+\.\d\d% +\+\d+\.\d\d% .* better\n")
        self.assertRegex(out, r"\n +\d+  503 -> 200\n")

    def test_output_goes_to_a_file(self):
        self.assertEqual(self.squall("diff", "s.yaml", "--after", "retries.yaml", "-o", "out").stdout, "")
        self.assertIn("WORSE", (self.folder / "out").read_text())

    def test_what_is_wrong_with_the_call(self):
        self.refused("squall: error: nothing to compare: --before or --after says what is different on its side",
                     "diff", "s.yaml")
        self.refused("squall: error: SCENARIO is required, before --before and --after; see `squall help diff`",
                     "diff", "--after", "retries.yaml")
        self.refused("squall: error: standard input (-) can be read only once", "diff", "-", "--after", "-")
        self.refused("after: gone.yaml: error: there is no such file or folder".replace("after: ", "", 1).replace(
            "error: ", "error: after: "), "diff", "s.yaml", "--after", "gone.yaml")

    def test_what_is_wrong_with_a_side_is_said_with_it_and_of_both_once(self):
        self.write("bad.yaml", RETRIES.replace("attempts: 3", "attempts: -3"))
        done = self.squall("diff", "s.yaml", "--before", "bad.yaml")
        self.assertEqual((done.returncode, done.stderr.count("bad.yaml:8:"), done.stderr.count("before: ")), (2, 1, 1))
        done = self.squall("diff", "s.yaml", "--before", "bad.yaml", "--after", "bad.yaml")
        self.assertEqual((done.returncode, done.stderr.count("bad.yaml:8:"), done.stderr.count("before: ")), (2, 1, 0))
        self.write("odd.yaml", FRAGMENT.replace("latency", "latncy"))
        self.assertIn("odd.yaml:3:", self.squall("diff", "s.yaml", "--after", "odd.yaml").stderr)

    def test_sides_of_other_lengths_are_refused(self):
        self.write("long.yaml", "apiVersion: squall.dev/v1\nkind: Scenario\nspec: {duration: 20s}\n")
        self.refused("s.yaml: error: the duration is 11s before and 20s after; --set gives both sides the same",
                     "diff", "s.yaml", "--after", "long.yaml")

    def test_an_interrupt_leaves_a_valid_report(self):
        status, out, _ = self.interrupted("diff", "s.yaml", "--after", "retries.yaml", "--runs", "1000", "--format", "json")
        self.assertEqual((status, json.loads(out)["verdict"]), (130, "interrupted"))

    def test_a_retry_on_one_call_leaves_the_others_and_makes_intervals_narrow(self):
        self.write("s.yaml", SCENARIO.replace("latency: {exponential: {mean: 2ms}}, errors: {ratio: 30%",
                                              "latency: {exponential: {mean: 20ms}}, errors: {ratio: 1%"))
        self.write("seed.yaml", "apiVersion: squall.dev/v1\nkind: Scenario\nspec: {seed: 1001}\n")
        common = self.report("--after", "retries.yaml", "--runs", "10", "--jobs", "2")
        own = self.report("--after", "retries.yaml", "--after", "seed.yaml", "--runs", "10", "--jobs", "2")

        def width(report, row):
            low, high = metric(report["loads"], "mean_s", row)["interval"]
            return high - low
        self.assertTrue(all(one["identical"] for one in common["loads"][1]["metrics"]))  # aside
        self.assertEqual(width(common, 1), 0)
        self.assertGreater(width(own, 1), 0)
        self.assertGreater(width(common, 0), 0)
        self.assertLess(width(common, 0), width(own, 0) / 5)
        self.assertEqual(own["requests"], [])

    def test_the_bookstores_inventory_without_its_retries(self):
        self.write("failing.yaml", "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 60s\n"
                   "  faults: [{at: 30s, for: 20s, workload: inventory-service, error: {ratio: 30%, status: 503}}]\n")
        self.write("none.yaml", RETRIES.replace("db", "inventory-service").replace("default", "bookstore").replace(
            "attempts: 3, retryOn: 5xx", "attempts: 0"))
        done = squall("diff", BOOKSTORE / "calm-day.yaml", "--before", self.folder / "failing.yaml",
                      "--after", self.folder / "failing.yaml", "--after", self.folder / "none.yaml",
                      "--runs", "5", "--jobs", "2", "--format", "json", "--fail-on", "worse")
        self.assertEqual(done.returncode, 1, done.stderr)
        report = json.loads(done.stdout)
        rows = {one["name"]: one["metrics"] for one in report["loads"]}
        shoppers = metric([{"metrics": rows["shoppers"]}], "success_ratio")
        # 30 % of the requests of half of the measured time, but for those that four attempts in a row would have met.
        self.assertAlmostEqual(shoppers["difference"], -0.5 * (0.3 - 0.3 ** 4), delta=0.02)
        self.assertLess(shoppers["interval"][1], 0)
        self.assertEqual(shoppers["verdict"], "worse")
        self.assertTrue(all(one["identical"] for one in rows["readers"]))
        self.assertEqual([one["resource"] for one in report["resources"]], ["VirtualService bookstore/inventory-service"])
        self.assertEqual(len(report["changed_requests"]), 20)
        for one in report["changed_requests"]:
            before, after = one["before_decision"], one["after_decision"]
            self.assertEqual((one["load"], one["before"], one["after"]), ("shoppers", "200", "500"))
            self.assertRegex(before["where"], r"^checkout-service(-canary)?\.bookstore -> inventory-service\.bookstore, attempt 2$")
            self.assertEqual(after["what"], "not retried, as no retries are configured")
            self.assertEqual((before["resource"], after["resource"]), ("VirtualService bookstore/inventory-service",) * 2)
            self.assertTrue(before["file"].endswith("manifests/inventory-service.yaml"), before["file"])
            self.assertTrue(after["file"].endswith("none.yaml"), after["file"])
