#!/usr/bin/env python3
"""Our engine beside the reference programs: the same workload, by turns, on one core, the median of nine.

    ratios.py BENCHES REFERENCES

BENCHES holds our benchmarks, REFERENCES ref_chain and ref_hold. Rates move with the machine and its
neighbours, so the figure that counts is the ratio: how fast ours is, with the reference as 1.
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

ROUNDS = 9
CHAIN, HOLD = "ladder2_nb1024_prefetch+lane", "ladder2_nb1024_prefetch"
# benchmark, reference command, least ratio wanted
ROWS = [
    ("Engine/Chain10/8", ["ref_chain", CHAIN, "8", "1000000"], 0.85),
    ("Engine/Chain10/800", ["ref_chain", CHAIN, "800", "500000"], None),
    ("EventQueue/Hold/1000", ["ref_hold", HOLD, "1000", "10000000"], 0.80),
    ("EventQueue/Hold/100000", ["ref_hold", HOLD, "100000", "10000000"], 0.80),
    ("Mesh/Chain10/8", ["ref_chain", CHAIN, "8", "1000000"], 0.25),
    ("Mesh/Chain10/800", ["ref_chain", CHAIN, "800", "500000"], 0.15),
]


def output(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout


def reference_rate(folder, command):
    """Per second of processor time, as Google Benchmark counts ours: neighbours take wall time only."""
    said = output([str(folder / command[0]), *command[1:]])
    items, seconds = re.search(r"(?:reqs|events)=(\d+)", said), re.search(r"cpu=([0-9.]+)", said)
    return int(items[1]) / float(seconds[1])


def own_rate(program, name):
    said = json.loads(output([str(program), f"--benchmark_filter=^{name}$", "--benchmark_format=json"]))
    return float(said["benchmarks"][0]["items_per_second"])


def programs_by_name(folder):
    """Which binary has which benchmark."""
    return {name: program for program in sorted(folder.glob("*_bench"))
            for name in output([str(program), "--benchmark_list_tests"]).split()}


def short(rate):
    return f"{rate / 1e6:.2f} M/s"


def main():
    benches, references = (pathlib.Path(argument) for argument in sys.argv[1:3])
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})  # the programs inherit it
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"Core {core} of {model[1] if model else 'this machine'}; median of {ROUNDS}, by turns.")
    print("Ours: -O3 -march=native -ffp-contract=off -fno-math-errno -fno-tree-slp-vectorize, LTO; "
          "reference: -O3 -march=native.\n")
    print("| workload | reference | ours | ratio | wanted |\n|---|---|---|---|---|")
    programs, fell_short = programs_by_name(benches), False
    for name, command, wanted in ROWS:
        if name not in programs:
            print(f"| {name} | | no such benchmark | | {wanted or ''} |", flush=True)
            fell_short = True
            continue
        pairs = [(reference_rate(references, command), own_rate(programs[name], name)) for _ in range(ROUNDS)]
        reference, own = (statistics.median(column) for column in zip(*pairs))
        ratio = statistics.median(mine / theirs for theirs, mine in pairs)
        fell_short |= wanted is not None and ratio < wanted
        print(f"| {name} | {short(reference)} | {short(own)} | {ratio:.2f} | {wanted or ''} |", flush=True)
    return 1 if fell_short else 0


if __name__ == "__main__":
    sys.exit(main())
