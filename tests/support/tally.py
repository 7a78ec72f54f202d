#!/usr/bin/env python3
"""Adds up the single cases of a test run and closes with `N passed, N failed, N skipped`.

    tally.py RESULTS

RESULTS holds ctest.xml (one entry a program), NAME.json of each GoogleTest program and NAME.cases.json
of the others (tests/support/results.py). A program that left no list, or that failed although all of its
cases passed (a crash, a sanitizer's finding), counts as one failed case. Exit status 1 when any failed.
"""
import collections
import json
import pathlib
import sys
import xml.etree.ElementTree

import results

MOST_LINES = 12  # of one program, under "skipped" and "failed"

def googletest_cases(path):
    for suite in json.loads(path.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            name = f"{suite['name']}.{case['name']}"
            if case.get("status") == "NOTRUN" and case.get("result") == "SUPPRESSED":
                continue  # filtered out or disabled
            if case.get("failures"):
                yield name, results.FAILED, case["failures"][0]["failure"]
            elif case.get("result") == "SKIPPED":
                reasons = case.get("skipped") or [{"message": ""}]
                yield name, results.SKIPPED, reasons[0].get("message", "")
            else:
                yield name, results.PASSED, ""


def cases_of(folder, program):
    """(title, cases) of a program, or (None, None) when it left no list that can be read."""
    try:
        listed = folder / f"{program}.cases.json"
        if listed.exists():
            content = json.loads(listed.read_text())
            return content["title"], [(c["name"], c["result"], c["message"]) for c in content["cases"]]
        own = folder / f"{program}.json"
        if own.exists():
            return None, list(googletest_cases(own))
    except (ValueError, KeyError):
        pass  # it ended while it was writing
    return None, None


def outcomes(folder):
    """(program, title, cases) for every entry that ctest ran."""
    for entry in xml.etree.ElementTree.parse(folder / "ctest.xml").getroot().iter("testcase"):
        program, status = entry.get("name"), entry.get("status")
        title, cases = cases_of(folder, program)
        if cases is None:
            result = results.PASSED if status == "run" else results.FAILED
            cases = [("(the program)", result, "" if status == "run" else "ended without a list of its cases")]
        elif status != "run" and all(result != results.FAILED for _, result, _ in cases):
            cases.append(("(the program)", results.FAILED, "failed outside of its cases"))
        yield program, title, cases


def shortened(lines):
    """At most MOST_LINES of each program, with the number of those left out."""
    by_program = collections.defaultdict(list)
    for line in lines:
        by_program[line.partition(":")[0]].append(line)
    for program, own in by_program.items():
        yield from own[:MOST_LINES]
        if len(own) > MOST_LINES:
            yield f"{program}: and {len(own) - MOST_LINES} more"


def main():
    folder = pathlib.Path(sys.argv[1])
    total = collections.Counter()
    titled, skipped, failed = [], [], []
    for program, title, cases in outcomes(folder):
        counts = collections.Counter(result for _, result, _ in cases)
        total += counts
        if title:
            titled.append(f"{title}: {counts[results.PASSED]} of {len(cases)} passed"
                          + (f", {counts[results.SKIPPED]} skipped" if counts[results.SKIPPED] else ""))
        for name, result, message in cases:
            line = f"{program}: {name}" + (f": {' '.join(message.split())[:160]}" if message else "")
            if result == results.FAILED:
                failed.append(line)
            elif result == results.SKIPPED:
                skipped.append(line)
    for heading, lines in (("skipped", skipped), ("failed", failed)):
        if lines:
            print(f"{heading}:", *shortened(lines), sep="\n  ")
    print(*titled, sep="\n", end="\n" if titled else "")
    print(f"{total[results.PASSED]} passed, {total[results.FAILED]} failed, {total[results.SKIPPED]} skipped")
    return 1 if total[results.FAILED] or not total[results.PASSED] else 0


if __name__ == "__main__":
    sys.exit(main())
