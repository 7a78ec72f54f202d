"""docs/misbeliefs.md lists each test of the library's misbeliefs, and no other."""
import re

from squall import ROOT, Case


class Misbeliefs(Case):
    def test_the_table_and_the_tests_are_of_the_same_beliefs(self):
        tests = (ROOT / "scenarios/library/misbeliefs/misbeliefs_test.yaml").read_text()
        names = re.findall(r'^    - name: "(.*)"$', tests, re.MULTILINE)
        shown = (ROOT / "docs/misbeliefs.md").read_text().partition("## What no run shows")[0]
        listed = [name for row in shown.splitlines() if row.startswith("| ") for name in re.findall("`(.*?)`", row.split("|")[3])]
        self.assertGreater(len(names), 30)
        self.assertEqual([one for one in listed if not any(name.startswith(one) for name in names)], [])
        self.assertEqual([name for name in names if not any(name.startswith(one) for one in listed)], [])
