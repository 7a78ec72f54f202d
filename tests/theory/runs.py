"""Runs of `squall run`, and what 20 seeds of one scenario say together.

A Row is a scenario, how it is set, and the figures that theory wants of it. Each seed is a run of its own; the mean
over the seeds is the figure and their spread gives its standard error. A row holds when the figure is within its
bound of theory, and when the bound is at least three standard errors wide: a run too short for its bound proves
nothing. A true model then misses a bound by chance in at most 0.27 % of figures, so none of a hundred or so may.
"""
import concurrent.futures
import dataclasses
import functools
import json
import math
import os
import pathlib
import statistics
import subprocess
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin" / "squall"
HERE = ROOT / "tests" / "theory"
SEEDS = 20
SLOW_BUILD = any(line.startswith(("SQUALL_SANITIZE:STRING=a", "SQUALL_SANITIZE:STRING=t", "CMAKE_BUILD_TYPE:STRING=Debug"))
                 for line in (SQUALL.parent.parent / "CMakeCache.txt").read_text().splitlines())
ERRORS_IN_A_BOUND = 3


def squall_run(path, *arguments):
    return subprocess.run([str(SQUALL), "run", str(path), *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def report(path, *arguments):
    done = squall_run(path, "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclasses.dataclass(frozen=True)
class Want:
    figure: str  # of FIGURES
    value: float
    bound: float  # relative


@dataclasses.dataclass(frozen=True)
class Estimate:
    value: float
    error: float  # standard error of `value`


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    scenario: str  # of tests/theory
    sets: tuple
    seconds: float  # measured, of each seed
    wants: tuple
    warmup: float = 100

    @property
    def seeds(self):
        """Of its own, so that rows miss by chance independently."""
        first = zlib.crc32(self.name.encode())
        return range(first, first + SEEDS)

    @functools.cached_property
    def reports(self):
        """One for each seed."""
        arguments = [part for one in self.sets for part in ("--set", one)]
        arguments += ["--set", f"warmup={self.warmup}s", "--duration", f"{self.warmup + self.seconds}s"]
        path = HERE / f"{self.scenario}.yaml"
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(lambda seed: report(path, *arguments, "--seed", str(seed)), self.seeds))

    def estimate(self, figure):
        values = [FIGURES[figure](one) for one in self.reports]
        return Estimate(statistics.fmean(values), statistics.stdev(values) / math.sqrt(len(values)))


def load_latency(name, load=0):
    return lambda r: r["loads"][load]["latency_s"][name]


def workload(name):
    return lambda r: r["workloads"][-1]["latency_s"][name]


def wait(r):
    """Mean time in the queue, by Little's law from its length."""
    one = r["workloads"][0]
    return one["queue"]["mean"] * (r["duration_s"] - r["warmup_s"]) / one["requests"]


FIGURES = {
    "mean": load_latency("mean"),
    "p99": load_latency("p99"),
    "p999": load_latency("p999"),
    "wait": wait,
    "rate": lambda r: r["loads"][0]["rate_per_s"],
    "attempts": lambda r: r["loads"][0]["attempts"] / r["loads"][0]["requests"],
    "failed": lambda r: 1 - r["loads"][0]["success_ratio"],
    "served mean": lambda r: r["workloads"][0]["latency_s"]["mean"],
    "served p99": lambda r: r["workloads"][0]["latency_s"]["p99"],
    "second load's mean": load_latency("mean", 1),
    "third load's mean": load_latency("mean", 2),
}


def check(test, row):
    for want in row.wants:
        got = row.estimate(want.figure)
        with test.subTest(want.figure):
            test.assertLessEqual(ERRORS_IN_A_BOUND * got.error / want.value, want.bound,
                                 f"{want.figure}: the run is too short for its bound")
            test.assertLessEqual(abs(got.value / want.value - 1), want.bound,
                                 f"{want.figure} {got.value:.6g} instead of {want.value:.6g}")


def one_test_a_row(rows):
    """A class decorator: test_NAME for each row. Their millions of requests are for builds that are optimised."""
    def add(cls):
        for row in rows:
            setattr(cls, f"test_{row.name}", lambda self, row=row: check(self, row))
        return unittest.skipIf(SLOW_BUILD, "this build is too slow for it")(cls)
    return add


def check_chance(test, rows):
    """Theory lies outside a figure's own 99 % interval no more often than chance has it (19 degrees of freedom)."""
    scores = {f"{row.name} {want.figure}": (row.estimate(want.figure).value - want.value) /
              row.estimate(want.figure).error for row in rows for want in row.wants}
    outside = {name: round(score, 1) for name, score in scores.items() if abs(score) > 2.861}
    test.assertLessEqual(len(outside), most_by_chance(len(scores), 0.01), outside)


def most_by_chance(n, p, doubt=1e-3):
    """The least k that a binomial count exceeds with probability `doubt` at most."""
    below = 0.0
    for k in range(n + 1):
        below += math.comb(n, k) * p ** k * (1 - p) ** (n - k)
        if 1 - below <= doubt:
            return k
    return n


def check_littles_law(test, reports, bound=0.005):
    """L = lambda W at every workload: the time average of those in it, its throughput, their time in it."""
    for name in [one["name"] for one in reports[0]["workloads"] if one["requests"] > 0]:
        level, arrivals = 0.0, 0.0
        for one in reports:
            found = next(w for w in one["workloads"] if w["name"] == name)
            level += found["in_system_mean"] * (one["duration_s"] - one["warmup_s"])
            arrivals += found["requests"] * found["latency_s"]["mean"]
        with test.subTest(name):
            test.assertLess(abs(level / arrivals - 1), bound)
