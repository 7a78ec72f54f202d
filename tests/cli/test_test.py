"""`squall test`: which tests there are, what they say in each format, exit statuses, what an interrupt leaves behind."""
import json
import subprocess
import xml.etree.ElementTree as xml

from squall import ROOT, SCENARIO, SQUALL, Case

TESTS = """apiVersion: squall.dev/v1
kind: Test
metadata: {name: shop}
spec:
  scenario: s.yaml
  tests:
    - {name: holds}
    - name: slow
      override: {workloads: {shop: {latency: 200ms}}}
"""
EXPECT = "  expect: ['p99{load=\"users\"} < 100ms']\n"


class Test(Case):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO + EXPECT)
        self.write("shop_test.yaml", TESTS)

    def test_exit_statuses_are_of_the_worst(self):
        self.assertEqual(self.squall("test", "--run", "holds").returncode, 0)
        self.assertEqual(self.squall("test").returncode, 1)
        self.write("shop_test.yaml", TESTS + "    - {name: broken, override: {load: [{name: users, rate: fast}]}}\n")
        done = self.squall("test")
        self.assertEqual(done.returncode, 2)
        self.assertIn("broken", done.stdout)
        self.assertIn("3 tests: 1 passed, 1 failed, 1 could not be run", done.stdout)

    def test_a_failure_says_got_and_wanted_and_since_when(self):
        out = self.squall("test", "shop_test.yaml").stdout
        self.assertIn("✓ shop: holds\n✗ shop: slow\n    shop_test.yaml:8  s.yaml\n", out)
        self.assertIn("        is 200ms, wanted < 100ms, since 1 s\n", out)
        self.assertTrue(out.endswith("2 tests: 1 passed, 1 failed\n"), out)

    def test_folders_are_walked_for_names_that_end_in_test(self):
        (self.folder / "deep").mkdir()
        self.write("deep/other_test.yml", TESTS.replace("s.yaml", "../s.yaml").replace("shop}", "deep}"))
        self.write("deep/not.yaml", "a: [")
        self.assertIn("4 tests", self.squall("test").stdout)
        self.assertIn("✓ deep: holds", self.squall("test", "deep").stdout)
        self.assertIn("2 tests", self.squall("test", "shop_test.yaml").stdout)

    def test_where_there_is_no_test_it_says_so(self):
        (self.folder / "none").mkdir()
        self.write("none/a.yaml", "a: 1")
        self.refused("none: error: the folder holds no test; names of test files end in _test.yaml", "test", "none")
        self.refused("gone: error: there is no such file or folder", "test", "gone")
        self.refused("error: no test's name has \"nobody\" in it", "test", "--run", "nobody")
        self.write("shop_test.yaml", TESTS.replace("name: slow", "nam: slow"))
        self.assertEqual(self.squall("test").returncode, 2)

    def test_a_file_that_cannot_be_read_is_a_failure_beside_the_others(self):
        self.write("broken_test.yaml", TESTS.replace("name: slow", "nam: slow"))
        done = self.squall("test", "--junit", "out.xml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("✗ ./broken_test.yaml: the file", done.stdout)
        self.assertIn("3 tests: 1 passed, 1 failed, 1 could not be run", done.stdout)
        self.assertEqual(done.stderr.count("did you mean \"name\"?"), 1, done.stderr)
        suites = xml.parse(self.folder / "out.xml").getroot()
        self.assertEqual(suites.get("errors"), "1")

    def test_json_is_a_test_report(self):
        done = self.squall("test", "--format", "json")
        report = json.loads(done.stdout)
        self.assertEqual((report["verdict"], report["passed"], report["failed"], report["errors"]), ("fail", 1, 1, 0))
        slow = report["tests"][1]
        self.assertEqual((slow["file"], slow["line"], slow["suite"], slow["name"], slow["verdict"]),
                         ("./shop_test.yaml", 8, "shop", "slow", "fail"))
        self.assertEqual(slow["expectations"][0]["wrong_from_s"], 1)

    def test_junit_has_a_case_a_test(self):
        self.assertEqual(self.squall("test", "--junit", "out.xml").returncode, 1)
        suites = xml.parse(self.folder / "out.xml").getroot()
        self.assertEqual(suites.tag, "testsuites")
        (suite,) = suites
        self.assertEqual((suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")),
                         ("shop", "2", "1", "0"))
        self.assertEqual([case.get("name") for case in suite], ["holds", "slow"])
        self.assertEqual(suite[1][0].get("message"), 'p99{load="users"} < 100ms: is 200ms, wanted < 100ms, since 1 s')

    def test_github_annotates_the_line(self):
        done = self.squall("test", "shop_test.yaml", "--format", "github")
        self.assertTrue(done.stdout.startswith("::error file=shop_test.yaml,line=8,title=shop%3A slow::p99{load="), done.stdout)
        self.assertEqual(self.squall("test", "--run", "holds", "--format", "github").stdout, "")

    def test_jobs_change_no_byte(self):
        self.write("shop_test.yaml", TESTS.replace("scenario:", "runs: 4\n  scenario:"))
        for form in ("json", "text", "github"):
            one = self.squall("test", "--jobs", "1", "--format", form, "--junit", "1.xml").stdout
            many = self.squall("test", "--jobs", "5", "--format", form, "--junit", "5.xml").stdout
            self.assertEqual(one, many)
            self.assertEqual((self.folder / "1.xml").read_text(), (self.folder / "5.xml").read_text())

    def test_a_test_is_told_when_it_is_known(self):
        self.write("shop_test.yaml", TESTS.replace("latency: 200ms}}", "latency: 200ms}}, duration: 8000h, load: [{name: users, "
                                                   "rate: 1000/s}]"))
        process = subprocess.Popen([SQUALL, "test", "--jobs", "1"], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            self.assertEqual(process.stdout.readline(), "✓ shop: holds\n")
            self.assertIsNone(process.poll())  # the other goes on
        finally:
            process.kill()
            process.communicate()

    def test_a_file_runs_once_however_often_it_is_named(self):
        self.assertIn("2 tests: ", self.squall("test", "shop_test.yaml", "./shop_test.yaml", ".").stdout)
        (self.folder / "link_test.yaml").symlink_to(self.folder / "shop_test.yaml")
        self.assertIn("2 tests: ", self.squall("test").stdout)

    def test_a_folder_may_have_something_else_under_a_tests_name(self):
        self.write("load_test.yaml", SCENARIO)
        done = self.squall("test", "--run", "holds")
        self.assertEqual((done.returncode, done.stderr), (0, "./load_test.yaml: note: is no kind: Test, so it is left out\n"))
        for paths in (["load_test.yaml"], [".", "load_test.yaml"]):
            done = self.squall("test", *paths)
            self.assertEqual(done.returncode, 2)
            self.assertIn("load_test.yaml:2:7: error: kind: expected Test, got \"Scenario\"", done.stderr)

    def test_what_is_no_test_is_told_once_with_the_command_that_takes_it(self):
        self.refused_test("s.yaml", 's.yaml:2:7: error: kind: expected Test, got "Scenario"; `squall run` takes a scenario, '
                          "and a test's `scenario` names it\n")
        self.write("m.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n")
        self.refused_test("m.yaml", 'm.yaml:2:7: error: kind: expected Test, got "Service"; `squall new --manifests PATH` drafts '
                          "a scenario for Kubernetes manifests\n")

    def refused_test(self, file, message):
        done = self.squall("test", file)
        self.assertEqual((done.returncode, done.stderr), (2, message))

    def patched(self, patch):
        self.write("s.yaml", SCENARIO + "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: shop}\n"
                   "spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}]}]}\n")
        self.write("shop_test.yaml", TESTS[:TESTS.index("    - {name: holds}")] + "    - name: patched\n      patch:\n        - "
                   + patch + "\n      expect: ['success{load=\"users\"} >= 0']\n")
        return self.squall("test", "shop_test.yaml").stdout

    def test_a_patch_of_a_rule_needs_its_route(self):
        out = self.patched("{kind: VirtualService, metadata: {name: shop}, spec: {http: [{retries: {attempts: 0}}]}}")
        self.assertIn("shop_test.yaml:9:72: error: a patch replaces the list http as a whole, and this rule has no route; write the "
                      "rule's route, too; rules are patched one by one where all have a name\n", out)
        self.assertEqual(out.count("error"), 1)

    def test_a_patch_of_a_kind_that_is_mistyped(self):
        self.assertIn("did you mean kind: VirtualService?",
                      self.patched("{kind: VirtualServices, metadata: {name: shop}, spec: {hosts: [x]}}"))

    def test_junit_has_files_and_lines(self):
        self.squall("test", "--junit", "out.xml")
        (suite,) = xml.parse(self.folder / "out.xml").getroot()
        self.assertEqual([(case.get("file"), case.get("line")) for case in suite],
                         [("./shop_test.yaml", "7"), ("./shop_test.yaml", "8")])

    def test_each_result_has_its_own_place(self):
        self.refused("squall: error: --junit: standard output has the result already; name a file", "test", "--junit", "-")
        self.refused("squall: error: --junit and -o name the same file; give each its own",
                     "test", "--junit", "out.xml", "-o", "./out.xml")
        self.assertFalse((self.folder / "out.xml").exists())

    def test_a_share_of_one_run_is_warned_of(self):
        expect = "      expect: [{expr: 'p99{load=\"users\"} < 1s', in: \">= 95%\"}]\n"
        self.write("shop_test.yaml", TESTS + expect)
        done = self.squall("test", "--run", "slow")
        self.assertEqual(done.returncode, 0)
        self.assertIn("shop_test.yaml:10:23: warning: spec.expect[0].expr: asks for a share of the runs, and there is one", done.stderr)
        self.write("shop_test.yaml", TESTS + "      runs: 2\n" + expect)
        self.assertEqual(self.squall("test", "--run", "slow").stderr, "")

    def test_a_threshold_is_found_and_printed(self):
        self.write("s.yaml", SCENARIO.replace("spec:", "spec:\n  parameters: {work: 1}") + EXPECT)
        search = ("    - name: slow\n      override: {workloads: {shop: {latency: '${work}ms'}}}\n"
                  "      threshold: {parameter: work, between: [50, 400], of: 'p99{load=\"users\"} > 200ms', runs: 1}\n")
        self.write("shop_test.yaml", TESTS[:TESTS.index("    - {name: holds}")] + search)
        text = self.squall("test", "--junit", "out.xml")
        self.assertEqual(text.returncode, 0, text.stdout + text.stderr)
        found = json.loads(self.squall("test", "--format", "json").stdout)["tests"][0]["threshold"]
        self.assertEqual((found["parameter"], found["of"], found["holds"], found["runs"]),
                         ("work", 'p99{load="users"} > 200ms', "above", 1))
        below, value, above = (float(found[key]) for key in ("below", "value", "above"))
        self.assertTrue(0.98 * below <= 200 <= 1.02 * above and below < value < above <= 1.05 * below + 1, found)
        self.assertTrue(0.84 * value <= float(found["lower"]) <= 0.85 * value, found)
        self.assertTrue(1.15 * value <= float(found["upper"]) <= 1.16 * value, found)
        line = f"threshold of work: {found['value']} (p99{{load=\"users\"}} > 200ms holds above it: at {found['above']}, " \
               f"not at {found['below']}; {found['lower']} and {found['upper']} checked in 1 run each)"
        self.assertIn(f"✓ shop: slow\n    {line}\n", text.stdout)
        self.assertEqual(xml.parse(self.folder / "out.xml").getroot()[0][0].find("system-out").text, line)
        self.assertTrue(self.squall("test", "--format", "github").stdout.startswith(
            "::notice file=./shop_test.yaml,line=7,title=shop%3A slow::threshold of work: "))

    def test_the_library_holds(self):
        done = self.squall("test", ROOT / "scenarios", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout)
        meant = 'has the subset "v9"', "a ztunnel carries it", "refuse no certificate"  # what misbeliefs show
        warnings = [line for line in done.stderr.splitlines() if not any(one in line for one in meant)]
        self.assertEqual(warnings, [])

    def test_warnings_are_told_once(self):
        self.write("s.yaml", SCENARIO.replace("  load:", "  faults: [{at: 1h, workload: shop, hang: {}}]\n  load:"))
        done = self.squall("test")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("begins when the load has ended"), 1, done.stderr)

    def test_an_interrupt_leaves_a_report(self):
        self.write("s.yaml", SCENARIO.replace("duration: 5s", "duration: 8000h"))
        status, out, _ = self.interrupted("test", "--format", "json")
        self.assertEqual(status, 130)
        report = json.loads(out)
        self.assertEqual(report["verdict"], "interrupted")
        self.assertEqual({test["verdict"] for test in report["tests"]}, {"interrupted"})
