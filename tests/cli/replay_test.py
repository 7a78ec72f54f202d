"""`squall replay`: a run's decisions come out the same, and what does not is named."""
import json
import subprocess

from squall import SCENARIO, Case

FAILING = SCENARIO.replace("latency: 2ms", "latency: 2ms, errors: {ratio: 5%, status: 503}")


class Replay(Case):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", FAILING)
        self.log = self.folder / "decisions.log"

    def record(self, *arguments):
        return self.squall("run", "s.yaml", "--format", "json", "--decision-log", str(self.log), *arguments)

    def test_a_run_decides_the_same_again(self):
        done = self.record()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, self.squall("run", "s.yaml", "--format", "json").stdout)
        replayed = self.squall("replay", str(self.log))
        self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)
        self.assertRegex(replayed.stdout, r"decisions\.log: \d{4,} decisions, \d{4,} commands, \d+ proxies: identical\n")

    def test_the_log_is_the_same_bytes_for_the_same_seed(self):
        self.record()
        first = self.log.read_bytes()
        self.record()
        self.assertEqual(first, self.log.read_bytes())

    def test_a_changed_decision_is_named(self):
        self.record()
        bytes_of_log = bytearray(self.log.read_bytes())
        at = bytes_of_log.rfind(b"\xf7\x83\x84")  # status 503, via_upstream: in the last end of such a request
        self.assertGreater(at, 0)
        bytes_of_log[at] = 0xf6
        self.log.write_bytes(bytes_of_log)
        done = self.squall("replay", str(self.log))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, r"decision \d+ differs, of proxy \d+ at \d+\.\d{9} s: .*\n"
                         r"  request:  GET shop/, .*received \d+\.\d{9} s\n  upstream: cluster .*, host 127\.0\.0\.1:80\n"
                         r"  logged:   .*\n  now:      .*\n$")

    def test_a_run_whose_rules_change_is_followed(self):
        rule = "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: shop}, spec: {host: shop, "\
               "trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3}}}}"
        mesh = FAILING.replace("workloads: {", "workloads: {web: {}, ").replace("outside", "web")
        self.write("s.yaml", mesh + f"  changes: [{{at: 1s, apply: [{rule}]}}, {{at: 3s, delete: [DestinationRule/shop]}}]\n")
        self.record()
        done = self.squall("replay", str(self.log))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r": identical\n$")

    def test_another_bootstrap_is_for_the_log_of_a_proxy(self):
        self.record()
        other = self.write("other.yaml", json.dumps({"static_resources": {}}))
        self.refused("error: --config is for the log of a squall-proxy, and this one is of a run; change the scenario, and "
                     "compare its runs", "replay", str(self.log), "--config", str(other))

    def test_a_full_log_says_how_many_decisions_are_not_in_it(self):
        self.write("s.yaml", FAILING.replace("duration: 5s", "duration: 600s"))
        recorded = self.record("--decision-log-limit", "1")
        self.assertRegex(recorded.stderr, r"the decision log lacks the last \d+ decisions: it has as many bytes as it may")
        done = self.squall("replay", str(self.log))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"the log ends before the proxy: it has as many bytes as it may; \d+ decisions not in it\n")
        self.assertLess(self.log.stat().st_size, 1 << 20)

    def test_a_log_that_is_cut_says_so(self):
        self.record()
        whole = self.log.read_bytes()
        last = 4  # bytes of the message that ends a log: two of its length, two of the event
        for left_out, how in ((1, ", its last message is cut"), (last, ""), (last + 2, ", its last message is cut")):
            self.log.write_bytes(whole[:-left_out])
            done = self.squall("replay", str(self.log))
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"the log has no end{how}: the proxy was killed", done.stdout)

    def test_what_is_no_log_is_exit_status_2(self):
        for path, why in ((self.folder / "s.yaml", "not a decision log"), (self.folder / "no", "No such file or directory")):
            done = self.squall("replay", str(path))
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{path}: {why}", done.stderr)

    def test_a_log_is_of_one_run(self):
        done = self.record("--runs", "2")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "squall: error: --decision-log is of one run; leave out --runs\n"))

    def test_a_file_that_cannot_be_written_is_an_error(self):
        done = self.squall("run", "s.yaml", "--decision-log", "/nowhere/at/all.log")
        self.assertEqual(done.returncode, 2)
        self.assertIn("decision log /nowhere/at/all.log: No such file or directory", done.stderr)
