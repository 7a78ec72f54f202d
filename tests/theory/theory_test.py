"""The shipped scenarios hold what they expect."""
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin" / "squall"
BOOKSTORE = ROOT / "scenarios" / "library" / "bookstore"


def run(path, *arguments):
    done = subprocess.run([str(SQUALL), "run", str(path), "--format", "json", *arguments],
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done


class Bookstore(unittest.TestCase):
    def test_the_shipped_scenarios_hold_what_they_expect(self):
        for name in ("calm-day", "payment-slow", "payment-slow-without-timeout", "order-replica-failing"):
            with self.subTest(name):
                done = run(BOOKSTORE / f"{name}.yaml")
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)

    def test_the_quick_start_holds(self):
        self.assertEqual(run(ROOT / "scenarios/library/quickstart.yaml").returncode, 0)
