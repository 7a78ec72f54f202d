"""What is read and written: files that are not there, too large, not writable; --manifests, --set, -o."""
import json
import os
import signal
import subprocess

from squall import ROOT, SCENARIO, SQUALL, Case

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {selector: {app: x}, ports: [{name: http, port: 80}]}\n"
ROUTE = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop]
  http: [{route: [{destination: {host: shop, subset: canary}}]}]
"""
BEGIN = "begin with apiVersion: squall.dev/v1 and kind: Scenario"


class Files(Case):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO)

    def report(self, *arguments):
        done = self.squall("run", *arguments, "--format", "json")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def test_a_file_that_is_not_there(self):
        self.refused("no.yaml: error: cannot be read: No such file or directory", "run", "no.yaml")
        self.refused("no.yaml: error: there is no such file or folder", "run", "s.yaml", "--manifests", "no.yaml")
        self.refused("no.yaml: error: there is no such file or folder",
                     "compile", "--manifests", "no.yaml", "--for", "web")

    def test_a_folder_instead_of_a_scenario(self):
        self.refused(".: error: cannot be read: Is a directory; name one file", "run", ".")

    def test_a_folder_without_yaml(self):
        (self.folder / "empty").mkdir()
        self.refused("empty: error: the folder holds no .yaml, .yml or .json file",
                     "run", "s.yaml", "--manifests", "empty")

    def test_a_file_of_more_than_64_mib_is_not_read(self):
        with open(self.folder / "big.yaml", "wb") as file:
            file.truncate((64 << 20) + 1)
        self.refused("big.yaml: error: larger than 64 MiB; split it", "run", "big.yaml")

    def test_standard_input(self):
        self.assertEqual(self.squall("run", "-", stdin=SCENARIO).returncode, 0)
        self.refused(f"-: error: the file is empty; {BEGIN}", "run", "-")

    def test_the_same_text_gives_the_same_bytes_whatever_its_name(self):
        named, piped = self.squall("run", "s.yaml"), self.squall("run", "-", stdin=SCENARIO)
        self.assertEqual(named.stdout.split("\n", 1)[1], piped.stdout.split("\n", 1)[1])

    def test_a_result_that_cannot_be_written_is_said_before_the_run(self):
        self.refused("squall: error: cannot write no/x.json: No such file or directory",
                     "run", "s.yaml", "--duration", "8000h", "-o", "no/x.json")
        self.refused("squall: error: cannot write .: Is a directory", "run", "s.yaml", "-o", ".")
        self.refused("squall: error: cannot write /dev/full: No space left on device", "run", "s.yaml", "-o", "/dev/full")

    def test_a_reader_that_has_seen_enough_ends_it_quietly(self):
        manifests = ROOT / "scenarios" / "library" / "bookstore" / "manifests"
        for arguments in (("run", "s.yaml"), ("schema", "scenario"), ("help",),
                          ("compile", "--manifests", str(manifests), "--for", "web")):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([SQUALL, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
                                  cwd=self.folder, timeout=60)
            os.close(writer)
            self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""), arguments)

    def test_a_result_goes_to_its_file_and_nowhere_else(self):
        self.write("out.json", "old and longer than nothing")
        done = self.squall("run", "s.yaml", "--format", "json", "-o", "out.json")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(json.loads((self.folder / "out.json").read_text())["verdict"], "pass")

    def test_refused_input_leaves_an_old_result_alone(self):
        self.write("out.json", "old")
        self.assertEqual(self.squall("run", "no.yaml", "-o", "out.json").returncode, 2)
        self.assertEqual((self.folder / "out.json").read_text(), "old")

    def test_manifests_of_the_command_line_take_several_paths_and_come_last(self):
        self.write("a.yaml", SERVICE % "a")
        self.write("b.yaml", ROUTE)
        report = self.report("s.yaml", "--manifests", "a.yaml", "b.yaml", "--set", "load.0.from=shop")
        self.assertEqual(report["loads"][0]["flags"], {"NC": report["loads"][0]["requests"]})
        self.write("c.yaml", ROUTE.replace(", subset: canary", ""))
        for paths in (["a.yaml", "b.yaml", "c.yaml"], ["a.yaml", "--manifests", "b.yaml", "--manifests", "c.yaml"]):
            report = self.report("--manifests", *paths, "s.yaml", "--set", "load.0.from=shop")
            self.assertEqual(report["loads"][0]["success_ratio"], 1)

    def test_set_gives_a_field_or_a_parameter_another_value(self):
        self.assertEqual(self.report("s.yaml", "--set", "workloads.shop.replicas=5")["workloads"][0]["replicas"], 5)
        self.refused('--set replica=5: error: "replica" is neither a parameter nor a field of spec; there are '
                     "parameters, manifests, seed, warmup, duration, mesh, network, workloads, load, faults, changes and expect",
                     "run", "s.yaml", "--set", "replica=5")
        self.refused('--set sed=5: error: "sed" is neither a parameter nor a field of spec; did you mean "seed"?',
                     "run", "s.yaml", "--set", "sed=5")
        self.refused("--set seed: error: has no value; write --set NAME=VALUE", "run", "s.yaml", "--set", "seed")
        self.refused('--set load.0.rate=fast: error: spec.load[0].rate: expected a rate such as 200/s or 10/m, got "fast"',
                     "run", "s.yaml", "--set", "load.0.rate=fast")
        self.refused("--set seed=[1: error: not valid YAML: the [ is never closed; add the ]",
                     "run", "s.yaml", "--set", "seed=[1")

    def test_a_duration_shorter_than_the_warm_up_is_refused_at_the_warm_up(self):
        self.refused("s.yaml:4:11: error: spec.warmup: a warm-up of 1s leaves nothing of a duration of 500ms; "
                     "the duration includes the warm-up", "run", "s.yaml", "--duration", "500ms")

    def test_compile_says_whom_it_does_not_know(self):
        manifests = str(ROOT / "scenarios" / "library" / "bookstore" / "manifests")
        self.refused('error: there is no pod or workload "wbe"; did you mean "web"?',
                     "compile", "--manifests", manifests, "--for", "wbe")
        self.write("a.yaml", SERVICE % "a")
        self.refused('error: there is no pod or workload "web"; name one of the manifests, as NAME or NAME.NAMESPACE',
                     "compile", "--manifests", "a.yaml", "--for", "web")
