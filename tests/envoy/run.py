#!/usr/bin/env python3
# labels: real
"""The conformance lab's cases (cases.txt) on one of three ways: envoy, proxy or virtual.

    run.py envoy|proxy|virtual

The same case file judges a real Envoy, squall-proxy and virtual time. Cases in the folder beside this file are our
own, the others the lab's. It needs the shared folder; without it each case counts as skipped. Programs are taken from SQUALL_BUILD/bin, Envoy from this Python's folder.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import results  # noqa: E402

BIN = pathlib.Path(os.environ.get("SQUALL_BUILD", HERE.parent.parent / "build" / "test")) / "bin"
WAYS = {
    "envoy": ("Conformance cases on Envoy", None, None),
    "proxy": ("Conformance cases on squall-proxy", BIN / "squall-proxy", "--concurrency 1 -c {config}"),
    "virtual": ("Conformance cases in virtual time", BIN / "squall", "lab {plan}"),
}


def names():
    lines = (HERE / "cases.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def case_file(name, lab):
    own = HERE / "cases" / f"{name}.yaml"
    return own if own.exists() else lab / "cases" / f"{name}.yaml"


def is_wire(name, folder):
    """Whether the case is about what exists on a wire only: not for virtual time."""
    return re.search("^wire: true", case_file(name, folder / "tools/envoylab").read_text(), re.M) is not None


def shared():
    folder = pathlib.Path(os.environ.get("SQUALL_SHARED", HERE.parent.parent.parent / "shared"))
    return folder if folder.is_dir() else None


def recorded(program, arguments, logs):
    """A command that leaves a decision log in the folder each time that it runs."""
    argument = re.search(r"{\w+}", arguments)[0]
    script = f'exec {program} {arguments.replace(argument, chr(34) + "$0" + chr(34))} --decision-log {logs}/$$.log'
    return f"sh -c {shlex.quote(script)} {argument}"


def replay(logs):
    """What `squall replay` said of those that are not whole or do not come out the same; prints what was replayed."""
    wrong, decisions, files = [], 0, sorted(logs.glob("*.log"))
    for log in files:
        done = subprocess.run([str(BIN / "squall"), "replay", str(log)], capture_output=True, text=True, check=False)
        counted = re.search(r": (\d+) decisions?,", done.stdout)
        decisions += int(counted[1]) if counted else 0
        whole = counted and int(counted[1]) > 0 and "the log " not in done.stdout  # has no end, ends before the proxy
        if done.returncode != 0 or not whole:
            wrong.append(f"{done.stdout}{done.stderr}")
    print(f"{len(files)} decision logs, {decisions} decisions: {len(wrong)} differ when replayed or are not whole")
    return wrong if files else ["no decision log was written"]


def verdicts(arguments, lab, attempts):
    """What envoylab found, by case; empty when it could not run."""
    environment = dict(os.environ, PYTHONPATH=str(lab), PYTHONDONTWRITEBYTECODE="1",
                       PATH=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
    files = [str(case_file(name, lab)) for name in names()]
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "verdicts.json")
        command = [sys.executable, "-m", "envoylab", "run", *files, "--jobs", "2", "--attempts", str(attempts),
                   "--quiet", "--out", str(out), *arguments]
        subprocess.run(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, check=False)
        return {v["case"]: v for v in json.loads(out.read_text())} if out.exists() else {}


def outcome(name, found):
    if name not in found:
        return name, results.FAILED, "was not run"
    verdict = found[name]
    return name, results.PASSED if verdict["passed"] else results.FAILED, "; ".join(verdict["failures"])


def main():
    way = sys.argv[1]
    title, program, arguments = WAYS[way]
    wrong = []
    folder = shared()
    if folder is None:
        cases = [(name, results.SKIPPED, "no shared folder") for name in names()]
    elif program is not None and not program.exists():
        cases = [(name, results.FAILED, f"there is no {program.name}") for name in names()]
    else:
        with tempfile.TemporaryDirectory() as logs:
            command = [f"--{way}", recorded(program, arguments, logs)] if program else []
            found = verdicts(command, folder / "tools" / "envoylab", 1 if way == "virtual" else 3)
            cases = [outcome(name, found) for name in names() if way != "virtual" or not is_wire(name, folder)]
            wrong = replay(pathlib.Path(logs)) if program else []
    results.write(f"lab_{way}", cases, title)
    passed = sum(result == results.PASSED for _, result, _ in cases)
    print(f"{title}: {passed} of {len(cases)} passed")
    print(*wrong, sep="", end="")
    return 1 if wrong or any(result == results.FAILED for _, result, _ in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
