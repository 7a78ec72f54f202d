"""squall and squall-proxy are two shells around one library: the same policies, compiled once."""
import collections
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test"))
POLICIES = "libsquall_policies.a"


def inputs_of(program):
    done = subprocess.run(["ninja", "-C", str(BUILD), "-t", "query", f"bin/{program}"],
                          capture_output=True, text=True, check=True)
    return [line.strip().lstrip("|").strip() for line in done.stdout.splitlines() if line.strip().endswith(".a")]


class Links(unittest.TestCase):
    def test_every_program_links_the_same_policies(self):
        programs = sorted(p.name for p in (BUILD / "bin").iterdir() if p.name.startswith("squall"))
        self.assertEqual(programs, ["squall", "squall-proxy"])
        for name in programs:
            self.assertEqual({a for a in inputs_of(name) if a.endswith(POLICIES)}, {POLICIES}, name)

    def test_no_policy_is_compiled_a_second_time(self):
        commands = json.loads((BUILD / "compile_commands.json").read_text())
        times = collections.Counter(str(pathlib.Path(c["file"]).relative_to(ROOT)) for c in commands
                                    if pathlib.Path(c["file"]).is_relative_to(ROOT / "policies"))
        self.assertTrue(times)
        self.assertEqual([file for file, n in times.items() if n != 1], [])


if __name__ == "__main__":
    unittest.main()
