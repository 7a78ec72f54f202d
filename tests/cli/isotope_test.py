"""The library's isotope scenarios are what convert.py makes of their topologies; what it makes of others runs."""
import os
import pathlib
import subprocess
import sys

from squall import ROOT, Case

FOLDER = ROOT / "scenarios" / "library" / "isotope"
SHARED = pathlib.Path(os.environ.get("SQUALL_SHARED", ROOT.parent / "shared")) / "data" / "datasets" / "isotope"
MADE = {
    "10-services.yaml": ["10-svc_10-end.yaml", "--duration", "20s"],
    "111-services.yaml": ["tree-111-services.yaml", "--replicas", "3", "--rate", "20/s", "--duration", "20s"],
}


def convert(*arguments):
    return subprocess.run([sys.executable, FOLDER / "convert.py", *arguments], capture_output=True, text=True, check=False)


class Isotope(Case):
    def scenario(self, topology):
        self.write("t.yaml", topology)
        done = convert(self.folder / "t.yaml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refuses(self, what, topology):
        self.write("t.yaml", topology)
        done = convert(self.folder / "t.yaml")
        self.assertEqual((done.returncode, done.stderr), (1, f"convert.py: {what}\n"))

    def test_the_librarys_are_made_of_their_topologies(self):
        for name, (topology, *options) in MADE.items():
            made = convert(FOLDER / "topologies" / topology, *options)
            self.assertEqual(made.stdout, (FOLDER / name).read_text(), made.stderr)

    def test_a_script_is_calls_and_sleeps(self):
        text = self.scenario("defaults: {numReplicas: 2, requestSize: 1 KB}\nservices:\n"
                             "- {name: a, isEntrypoint: true, errorRate: 1%, script: [{sleep: 10ms}, {call: b}, "
                             "[{call: b}, {call: {service: c, probability: 50}}], {sleep: 1.5ms}]}\n"
                             "- {name: b, numReplicas: 5}\n- {name: c, namespace: far}\n")
        self.assertIn("    a: {replicas: 2, latency: 12500us, errors: {ratio: 1%, status: 500}, calls: [{to: http://b/}, "
                      "{parallel: [{to: http://b/}, {to: http://c.far/, probability: 50%}]}]}\n"
                      "    b: {replicas: 5, latency: 1000us}\n    c.far: {replicas: 2, latency: 1000us}\n", text)
        self.write("s.yaml", text)
        self.assertEqual(self.squall("run", "s.yaml", "--duration", "1s").returncode, 0)

    def test_what_cannot_be_said_in_a_scenario_is_refused(self):
        head = "services:\n- {name: a, isEntrypoint: true, "
        self.refuses('no service is called "b"', head + "script: [{call: b}]}\n")
        self.refuses("only calls can stand in a parallel group", head + "script: [[{sleep: 1ms}, {call: a}]]}\n")
        self.refuses('"soon" is no duration such as 10ms', head + "script: [{sleep: soon}]}\n")
        self.refuses('a step is "dance", neither a call nor a sleep', head + "script: [{dance: 1}]}\n")
        self.refuses('"colour" of a is not known', head + "colour: red}\n")
        self.refuses("0 services are the entry point, not one", "services: [{name: a}]\n")

    def test_every_topology_of_istio_tools_runs(self):
        if not SHARED.is_dir():
            self.skipTest("no shared folder")
        for topology in sorted(SHARED.glob("*.yaml")):
            made = convert(topology, "--replicas", "1", "--rate", "10/s", "--duration", "100ms")
            done = self.squall("run", "-", stdin=made.stdout)
            self.assertEqual((done.returncode, done.stderr), (0, ""), topology.name)


if __name__ == "__main__":
    import unittest
    unittest.main()
