#!/usr/bin/env python3
"""Our engine and policies beside the reference programs, by turns, on one core, the median of nine.

    ratios.py BENCHES REFERENCES

BENCHES holds our benchmarks, REFERENCES ref_chain and ref_hold. Rates move with the machine and its
neighbours, so the figure that counts is the ratio. Where ours does the reference's work it is the speed
of ours, with the reference as 1: at least. Where it does other work, a decision, it is the time of ours,
with an event of ref_hold at 1000 pending as 1: at most. Below, how fast big meshes run, what many sidecars
remember, in megabytes, and what a second core is worth to two runs.
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

ROUNDS = 9
# benchmark, least hops a second wanted on one core, most megabytes
MESHES = [
    ("Mesh/Fanout", None, None),
    ("Mesh/Isotope1000", 0.7e6, 3000),
]
TWO_RUNS, TWO_RUNS_WANTED = "Mesh/TwoRuns", 1.9  # times as fast on two cores as on one
CHAIN, HOLD = "ladder2_nb1024_prefetch+lane", "ladder2_nb1024_prefetch"
EVENT = ["ref_hold", HOLD, "1000", "10000000"]
# benchmark, reference command, least ratio wanted
SPEEDS = [
    ("Engine/Chain10/8", ["ref_chain", CHAIN, "8", "1000000"], 0.85),
    ("Engine/Chain10/800", ["ref_chain", CHAIN, "800", "500000"], None),
    ("EventQueue/Hold/1000", EVENT, 0.80),
    ("EventQueue/Hold/100000", ["ref_hold", HOLD, "100000", "10000000"], 0.80),
    ("Mesh/Chain10/8", ["ref_chain", CHAIN, "8", "1000000"], 0.25),
    ("Mesh/Chain10/800", ["ref_chain", CHAIN, "800", "500000"], 0.15),
]
# benchmark, greatest ratio wanted
TIMES = [
    ("Policy/RoundRobin/100", 1.0),
    ("Policy/LeastRequest/100", 1.0),
    ("Policy/Random/100", 1.0),
    ("Policy/RingHash/100", 1.6),
    ("Policy/Maglev/100", 1.6),
    ("Policy/Route/100", 10.0),
    ("Policy/RouteMemoised/100", 0.5),
    ("Policy/RouteMemoisedText/100", None),
    ("Policy/Hop", 2.5),
]
# benchmark, what it is, most megabytes wanted
MEMORY = [
    ("Memory/Sidecars/10000/1/iterations:1", "10,000 sidecars, 20 clusters, 10 hosts", 400),
    ("Memory/Sidecars/10000/10/iterations:1", "with ten connections a cluster", None),
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


def run(program, name):
    said = json.loads(output([str(program), f"--benchmark_filter=^{name}$", "--benchmark_format=json"]))
    return said["benchmarks"][0]


def own_rate(program, name):
    return float(run(program, name)["items_per_second"])


def programs_by_name(folder):
    """Which binary has which benchmark."""
    return {name: program for program in sorted(folder.glob("*_bench"))
            for name in output([str(program), "--benchmark_list_tests"]).split()}


def measure(programs, references, name, command):
    """Rates of both and what ours is of the reference's, each the median; none: no such benchmark."""
    if name not in programs:
        return None
    pairs = [(reference_rate(references, command), own_rate(programs[name], name)) for _ in range(ROUNDS)]
    reference, own = (statistics.median(column) for column in zip(*pairs))
    return reference, own, statistics.median(mine / theirs for theirs, mine in pairs)


def millions(rate):
    return f"{rate / 1e6:.2f} M/s"


def nanoseconds(rate):
    return f"{1e9 / rate:.1f} ns"


def compare(title, rows, programs, references, short, ratio_of, holds):
    """Prints a table; whether all rows are as wanted."""
    print(f"| {title} | reference | ours | ratio | wanted |\n|---|---|---|---|---|")
    all_hold = True
    for name, command, wanted in rows:
        found = measure(programs, references, name, command)
        if found is None:
            print(f"| {name} | | no such benchmark | | {wanted or ''} |", flush=True)
            all_hold = False
            continue
        reference, own, speed = found
        ratio = ratio_of(speed)
        fits = wanted is None or holds(ratio, wanted)
        all_hold = all_hold and fits
        print(f"| {name} | {short(reference)} | {short(own)} | {ratio:.2f} | "
              f"{wanted or ''}{'' if fits else ', missed'} |", flush=True)
    print(flush=True)
    return all_hold


def weigh(programs):
    """Prints what the state of many sidecars takes; whether it is as wanted."""
    print("| memory: at most | resident | a cluster of a sidecar | wanted |\n|---|---|---|---|")
    all_hold = True
    for name, what, wanted in MEMORY:
        found = run(programs[name], name)  # a process of its own, so what others left counts for nothing
        fits = wanted is None or found["MB"] <= wanted
        all_hold = all_hold and fits
        print(f"| {what} | {found['MB']:.0f} MB | {found['bytes_per_cluster']:.0f} bytes | "
              f"{f'{wanted} MB' if wanted else ''}{'' if fits else ', missed'} |", flush=True)
    print(flush=True)
    return all_hold


def measure_meshes(programs):
    """Prints how fast big meshes run, each in a process of its own; whether it is as wanted."""
    print("| mesh, with sidecars on both ends | hops a request | hops | memory at most | wanted |\n|---|---|---|---|---|")
    all_hold = True
    for name, rate, megabytes in MESHES:
        found = run(programs[name], name)
        fits = (rate is None or found["items_per_second"] >= rate) and (megabytes is None or found["MB"] <= megabytes)
        all_hold = all_hold and fits
        wanted = f"{millions(rate)}, {megabytes} MB" if rate else ""
        print(f"| {name} | {found['hops_per_request']:.0f} | {millions(found['items_per_second'])} | {found['MB']:.0f} MB | "
              f"{wanted}{'' if fits else ', missed'} |", flush=True)
    print(flush=True)
    return all_hold


def measure_two_runs(programs):
    """Prints what a second core is worth to two runs; whether it is as wanted. All cores must be allowed."""
    one, two = (f"{TWO_RUNS}/{jobs}/real_time" for jobs in (1, 2))
    speeds = [own_rate(programs[two], two) / own_rate(programs[one], one) for _ in range(ROUNDS)]
    speed = statistics.median(speeds)
    fits = speed >= TWO_RUNS_WANTED
    print(f"Two runs on two cores: {speed:.2f} times as fast as on one, wanted {TWO_RUNS_WANTED}"
          f"{'' if fits else ', missed'}.\n", flush=True)
    return fits


def main():
    benches, references = (pathlib.Path(argument) for argument in sys.argv[1:3])
    cores = os.sched_getaffinity(0)
    core = max(cores)
    os.sched_setaffinity(0, {core})  # the programs inherit it
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"Core {core} of {model[1] if model else 'this machine'}; median of {ROUNDS}, by turns.")
    print("Ours: -O3 -march=native -ffp-contract=off -fno-math-errno -fno-tree-slp-vectorize, LTO; "
          "reference: -O3 -march=native.\n")
    programs = programs_by_name(benches)
    decisions = [(name, EVENT, wanted) for name, wanted in TIMES]
    hold = [
        compare("speed: at least", SPEEDS, programs, references, millions, lambda speed: speed,
                lambda ratio, wanted: ratio >= wanted),
        compare("time: at most", decisions, programs, references, nanoseconds, lambda speed: 1 / speed,
                lambda ratio, wanted: ratio <= wanted),
        measure_meshes(programs),
        weigh(programs),
    ]
    os.sched_setaffinity(0, cores)
    hold.append(measure_two_runs(programs))
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
