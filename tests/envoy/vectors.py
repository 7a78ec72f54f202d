#!/usr/bin/env python3
"""How many of Envoy's own test numbers do our tests replay? One case a check, by topic.

The shared folder's check_vectors.py holds its own rules against the same numbers; how many checks it makes
of a topic is how many there must be. Ours are counted where they are made (tests/policies/vectors.h): the
programs that read vectors run once more, and the checks of a test that passed have passed.
"""
import collections
import contextlib
import io
import json
import os
import pathlib
import re
import runpy
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import results  # noqa: E402
from run import shared  # noqa: E402

TESTS = HERE.parent
BUILD = pathlib.Path(os.environ.get("SQUALL_BUILD", TESTS.parent / "build" / "test"))
TITLE = "Checks of Envoy's vectors"


def wanted(script):
    """Topic -> checks; the script reads the file of a topic, then makes its checks, counted in `n`."""
    read, load, said = [], json.load, io.StringIO()

    def noted(file):
        read.append((pathlib.Path(file.name).stem, sys._getframe(1).f_globals["n"]))
        return load(file)

    json.load = noted
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        runpy.run_path(str(script))
    json.load = load
    checks, mismatches = map(int, re.findall(r"\d+", said.getvalue().splitlines()[-1]))
    assert mismatches == 0, said.getvalue()
    counts = collections.Counter()
    for (topic, before), (_, after) in zip(read, [*read[1:], ("", checks)]):
        counts[topic] += after - before
    return counts


def programs():
    """Names of the test programs that read vectors."""
    for source in sorted(TESTS.rglob("*_test.cc")):
        if "SQUALL_VECTORS(" in source.read_text():
            yield "_".join(source.relative_to(TESTS).with_suffix("").parts)


def replayed(program, folder):
    """(topic, the test, result, message) for every check that the program makes."""
    path = pathlib.Path(folder, "results.json")
    path.unlink(missing_ok=True)
    subprocess.run([str(BUILD / "tests" / program), f"--gtest_output=json:{path}"], check=False,
                   cwd=TESTS.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    suites = json.loads(path.read_text())["testsuites"] if path.exists() else []
    for test in (test for suite in suites for test in suite["testsuite"]):
        failures = test.get("failures")
        result, message = (results.FAILED, failures[0]["failure"]) if failures else (results.PASSED, "")
        for key, count in test.items():
            if key.startswith("replayed_"):
                name = f"{program} {test['classname']}.{test['name']}"
                yield from [(key.removeprefix("replayed_"), name, result, message)] * int(count)


def main():
    folder = shared()
    if folder is None:
        results.write("envoy_vectors", [("all", results.SKIPPED, "no shared folder")], TITLE)
        return 0
    left = wanted(folder / "data" / "envoy-vectors" / "check_vectors.py")
    cases = []
    with tempfile.TemporaryDirectory() as scratch:
        for topic, name, result, message in (one for p in programs() for one in replayed(p, scratch)):
            left[topic] -= 1
            cases.append((f"{topic}: {name}", result, message))
    for topic, count in left.items():
        message = "no test replays it" if count > 0 else "replayed, but check_vectors.py knows no such check"
        cases += [(topic, results.FAILED, message)] * abs(count)
    results.write("envoy_vectors", cases, TITLE)
    failed = [f"{name}: {message}" for name, result, message in cases if result == results.FAILED]
    print(*failed, f"{TITLE}: {len(cases) - len(failed)} of {len(cases)} passed", sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
