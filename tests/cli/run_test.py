"""`squall run`: exit statuses, seeds, runs and jobs, colours, what an interrupt leaves behind."""
import json

from squall import SCENARIO, Case

ENDLESS = SCENARIO.replace("duration: 5s", "duration: 8000h")


class Run(Case):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO)

    def report(self, *arguments, status=0):
        done = self.squall("run", "s.yaml", "--format", "json", *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)

    def test_an_expectation_that_fails_is_exit_status_1(self):
        self.write("s.yaml", SCENARIO + "  expect: ['success{load=\"users\"} >= 99%', 'max{load=\"users\"} < 1ms']\n")
        report = self.report(status=1)
        self.assertEqual(report["verdict"], "fail")
        self.assertEqual([e["ok"] for e in report["expectations"]], [True, False])
        self.assertEqual(self.squall("run", "s.yaml").returncode, 1)

    def test_a_run_that_expects_nothing_says_so_and_passes(self):
        done = self.squall("run", "s.yaml")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("s  PASS, nothing expected  seed 1, 5 s"), done.stdout)

    def test_a_figure_of_nothing_holds_nowhere_and_one_of_failures_is_said_to_be_one(self):
        self.write("s.yaml", SCENARIO.replace("latency: 2ms", "latency: 2ms, errors: {ratio: 100%, status: 503}")
                   + "  expect: ['p90{load=\"users\"} < 1s', 'p90{load=\"users\", code=\"200\"} < 1s']\n")
        report = self.report(status=1)
        self.assertEqual([e["ok"] for e in report["expectations"]], [True, False])
        self.assertEqual(report["expectations"][1]["why"],
                         'there is no p90{load="users", code="200"}: nothing was counted there')
        self.assertEqual(report["notes"], ['p90{load="users"} is the latency of failures: no request of it succeeded'])

    def test_a_percentile_of_too_few_and_a_warm_up_that_is_too_short_are_said_to_be(self):
        self.write("s.yaml", SCENARIO.replace("duration: 5s", "duration: 100s").replace("latency: 2ms", "latency: 100ms, concurrency: 4")
                   + "  expect: ['p999{load=\"users\"} < 1h']\n")
        few, start = self.report()["notes"]
        self.assertRegex(few, r'^p999\{load="users"\} is told from \d+ requests, of which [\d.]+ lie beyond it: ')
        self.assertEqual(start, "load users: its latencies have not settled by 100 s, so its figures are of that time alone")
        text = self.squall("run", "s.yaml").stdout
        self.assertIn(few, text)
        self.assertIn(start, text)

    def test_the_seed_decides_and_nothing_else_does(self):
        first = self.squall("run", "s.yaml", "--format", "json", "--seed", "7").stdout
        self.assertEqual(first, self.squall("run", "s.yaml", "--format", "json", "--set", "seed=7").stdout)
        self.assertEqual(json.loads(first)["seed"], 7)
        self.assertNotEqual(json.loads(first)["loads"], self.report()["loads"])

    def test_the_largest_seed_is_one(self):
        self.assertEqual(self.report("--seed", str(2**64 - 1))["seed"], 2**64 - 1)

    def test_runs_have_the_seeds_from_the_seed_on(self):
        report = self.report("--runs", "3", "--seed", "5")
        self.assertEqual(report["runs"], [{"seed": s, "verdict": "pass"} for s in (5, 6, 7)])
        single = [self.report("--seed", s)["loads"][0]["requests"] for s in "567"]
        self.assertEqual(report["loads"][0]["requests"], sum(single))

    def test_jobs_change_no_byte(self):
        one = self.squall("run", "s.yaml", "--runs", "5", "--format", "json").stdout
        self.assertEqual(one, self.squall("run", "s.yaml", "--runs", "5", "--jobs", "3", "--format", "json").stdout)

    def test_the_duration_of_the_command_line_counts(self):
        self.assertEqual(self.report("--duration", "3s")["duration_s"], 3)

    def test_wall_time_stands_on_standard_error_and_only_when_asked_for(self):
        plain, timed = self.squall("run", "s.yaml"), self.squall("run", "s.yaml", "--timing")
        self.assertEqual(plain.stdout, timed.stdout)
        self.assertEqual(plain.stderr, "")
        self.assertRegex(timed.stderr, r"^\d+\.\d\d s of wall time\n$")

    def test_colours_are_for_terminals_unless_asked_for(self):
        self.assertNotIn("\x1b", self.squall("run", "s.yaml").stdout)
        self.assertIn("\x1b", self.squall("run", "s.yaml", "--color", "always").stdout)
        self.assertNotIn("\x1b", self.squall("run", "s.yaml", "--color", "never").stdout)
        self.assertIn("\x1b", self.squall("run", "s.yaml", "--color", "always", env={"NO_COLOR": "1"}).stdout)
        self.assertIn("\x1b", self.squall("run", "s.yaml", "--set", "seed=x", "--color", "always").stderr)
        self.assertNotIn("\x1b", self.squall("run", "s.yaml", "--set", "seed=x").stderr)

    def interrupted(self, *arguments):
        self.write("endless.yaml", ENDLESS)
        return super().interrupted("run", "endless.yaml", *arguments)

    def test_an_interrupt_leaves_a_partial_report_of_what_ran(self):
        status, out, err = self.interrupted("--format", "json")
        self.assertEqual((status, err), (130, ""))
        report = json.loads(out)
        self.assertEqual(report["verdict"], "interrupted")
        load = report["loads"][0]
        self.assertGreater(load["requests"], 0)
        self.assertAlmostEqual(load["rate_per_s"] / 100, 1, delta=0.2)
        self.assertEqual(load["success_ratio"], 1)

    def test_an_interrupt_ends_all_runs(self):
        status, out, _ = self.interrupted("--format", "json", "--runs", "50", "--jobs", "2")
        self.assertEqual(status, 130)
        self.assertLessEqual(len(json.loads(out)["runs"]), 3)

    def test_an_interrupt_of_the_text_report_says_so(self):
        status, out, _ = self.interrupted()
        self.assertEqual(status, 130)
        self.assertIn("INTERRUPTED", out.splitlines()[0])

    def test_a_workload_without_replicas_answers_nobody(self):
        report = self.report("--set", "workloads.shop.replicas=0")
        self.assertEqual(report["loads"][0]["success_ratio"], 0)
        self.refused("--set load.0.from=shop: error: shop has no replica to send from; give it at least one",
                     "run", "s.yaml", "--set", "workloads.shop.replicas=0", "--set", "load.0.from=shop")
