"""Runs against closed forms, and that a run is a function of its scenario and seed.

Figures are of 20 seeds pooled. The bounds are three standard errors of the pooled mean: 1 % at rho 0.5 and
2.5 % at rho 0.8 for 1.6 million requests (the variance of M/M/1's time in system, correlation included).
"""
import json
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


def load_of(path, *arguments):
    done = run(path, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["loads"][0]


class ClosedForms(unittest.TestCase):
    def check(self, rho, mean_bound, p99_bound):
        load = load_of(ROOT / "tests/theory/mmc.yaml", "--set", f"rho={rho}", "--runs", "20", "--jobs", "2")
        mean = 0.01 / (1 - rho)
        self.assertLess(abs(load["latency_s"]["mean"] / mean - 1), mean_bound)
        self.assertLess(abs(load["latency_s"]["p99"] / (mean * 4.60517) - 1), p99_bound)

    def test_one_server_at_half_load(self):
        self.check(0.5, 0.01, 0.02)

    def test_one_server_at_four_fifths(self):
        self.check(0.8, 0.025, 0.04)


class Bookstore(unittest.TestCase):
    def test_the_shipped_scenarios_hold_what_they_expect(self):
        for name in ("calm-day", "payment-slow", "payment-slow-without-timeout", "order-replica-failing"):
            with self.subTest(name):
                done = run(BOOKSTORE / f"{name}.yaml")
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)

    def test_the_quick_start_holds(self):
        self.assertEqual(run(ROOT / "scenarios/library/quickstart.yaml").returncode, 0)

    def test_the_same_seed_gives_the_same_bytes(self):
        first = run(BOOKSTORE / "payment-slow.yaml").stdout
        self.assertTrue(first)
        self.assertEqual(first, run(BOOKSTORE / "payment-slow.yaml").stdout)
