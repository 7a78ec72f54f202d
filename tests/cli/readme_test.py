"""README.md: its scenarios run, and its output is what the program prints."""
import re
import textwrap

from squall import ROOT, Case

PAGE = (ROOT / "README.md").read_text()
BOOKSTORE = ROOT / "scenarios" / "library" / "bookstore"


class Readme(Case):
    def test_its_scenarios_run_and_pass(self):
        scenarios = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
        self.assertEqual(len(scenarios), 2)
        for text in scenarios:
            self.write("s.yaml", text.replace("manifests/", str(BOOKSTORE / "manifests")))
            done = self.squall("run", "s.yaml")
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_its_output_is_the_programs(self):
        printed = re.search(r"what stands out, and exits 1 [^\n]*\n\n((?:    [^\n]*\n|\n)+)", PAGE)[1]
        done = self.squall("run", BOOKSTORE / "payment-slow.yaml")
        self.assertEqual(done.stdout.split("\n\nLOADS")[0], textwrap.dedent(printed).strip("\n"))

    def test_without_the_timeout_carts_fail_as_it_says(self):
        done = self.squall("run", BOOKSTORE / "payment-slow.yaml", "--manifests", BOOKSTORE / "without-timeout")
        self.assertEqual(done.returncode, 1)
        success = float(re.search(r'carts"}\[60s:120s\] >= 99.9%\n +is ([0-9.]+)%', done.stdout)[1])
        said = re.search(r"(\d+) % of the carts fail", PAGE)[1]
        self.assertEqual(f"{100 - success:.0f}", said)
