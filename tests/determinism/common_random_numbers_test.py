"""One more retry, load or workload moves no draw of the others: what does not meet the change stays as it was."""
import json
import os
import pathlib
import unittest

from same_bytes import ROOT, printed

HERE = pathlib.Path(__file__).resolve().parent
SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin" / "squall"


def report(scenario, *arguments):
    return json.loads(printed(SQUALL, HERE / scenario, "--format", "json", *arguments)[0])


def name(one):
    return one.get("name") or one.get("pod") or f"{one.get('source')}>{one.get('service')}"


def figures_of(report, *names):
    """All rows of these loads, workloads, pods and edges, as text that differs in the last bit."""
    wanted = [one for part in ("loads", "workloads", "endpoints", "edges") for one in report[part]
              if any(word in name(one) for word in names)]
    wanted.append({word: report["series"]["loads"].get(word) for word in names})
    return json.dumps(wanted, sort_keys=True)


FIRST = ("first", "app.default", "app-", "db.default", "db-")


class CommonRandomNumbers(unittest.TestCase):
    def test_a_retry_on_one_edge_leaves_the_others_as_they_were(self):
        before = report("two-loads.yaml")
        after = report("two-loads.yaml", "--manifests", str(HERE / "retry-on-other.yaml"))
        self.assertEqual(figures_of(before, *FIRST), figures_of(after, *FIRST))
        self.assertLess(before["loads"][1]["success_ratio"], 0.8)
        self.assertGreater(after["loads"][1]["success_ratio"], 0.95)
        self.assertEqual(before["series"]["loads"]["second"]["requests"], after["series"]["loads"]["second"]["requests"])

    def test_a_second_load_on_other_services_leaves_the_first_as_it_was(self):
        self.assertEqual(figures_of(report("one-load.yaml"), *FIRST), figures_of(report("two-loads.yaml"), *FIRST))

    def test_a_second_load_on_the_same_services_leaves_the_arrivals_of_the_first(self):
        before, after = report("one-load.yaml"), report("two-loads.yaml", "--set", "second=http://app/")
        self.assertEqual(before["series"]["loads"]["first"]["requests"], after["series"]["loads"]["first"]["requests"])
        self.assertNotEqual(before["series"]["loads"]["first"]["p50_s"], after["series"]["loads"]["first"]["p50_s"])

    def test_more_capacity_leaves_the_work_and_the_errors_of_each_request(self):
        before, after = report("one-load.yaml"), report("one-load.yaml", "--set", "workloads.db.cpu.cores=8")
        self.assertEqual(before["loads"][0]["status"], after["loads"][0]["status"])
        self.assertGreater(before["loads"][0]["latency_s"]["mean"], after["loads"][0]["latency_s"]["mean"])

    def test_a_workload_that_nobody_calls_changes_nothing(self):
        text = (HERE / "one-load.yaml").read_text().replace("  load:\n", "    aside: {replicas: 5}\n  load:\n")
        path = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"squall-aside-{os.getpid()}.yaml"
        path.write_text(text)
        try:
            self.assertEqual(figures_of(report("one-load.yaml"), *FIRST), figures_of(report(path), *FIRST))
        finally:
            path.unlink()


if __name__ == "__main__":
    unittest.main()
