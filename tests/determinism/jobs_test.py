"""The same command prints the same bytes, twice and with any number of threads."""
import os
import pathlib
import unittest

from same_bytes import ROOT, SHIPPED, printed

SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin" / "squall"


CASES = [(scenario, ("--format", form)) for scenario in SHIPPED for form in ("text", "json")]


class SameBytes(unittest.TestCase):
    def test_the_same_command_twice(self):
        for scenario, form in CASES:
            self.assertTrue(printed(SQUALL, scenario, *form) == printed(SQUALL, scenario, *form), scenario)

    def test_one_thread_and_several(self):
        for scenario, form in CASES:
            runs = (*form, "--runs", "3", "--duration", "90s")
            one = printed(SQUALL, scenario, *runs, "--jobs", "1")
            for jobs in ("2", "3"):
                self.assertTrue(one == printed(SQUALL, scenario, *runs, "--jobs", jobs), (scenario, jobs))

    def test_another_seed_prints_something_else(self):
        for scenario, form in CASES:
            self.assertFalse(printed(SQUALL, scenario, *form) == printed(SQUALL, scenario, *form, "--seed", "2"))


if __name__ == "__main__":
    unittest.main()
