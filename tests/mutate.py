#!/usr/bin/env python3
"""Would the tests notice? Changes an operator, a bound or a constant of policies/, one at a time, and runs them.

    mutate.py --seed 1 [--count 200] [--jobs 1] [--only REGEX] [--fresh] [--list]

The seed picks the places: comparisons, && || !, arithmetic, shifts and bits, ++ --, numbers, true and false,
std::min and std::max; not in comments, strings, template brackets, enums and static_assert. A change elsewhere
in the tree does not move the draw. One that does not compile is not counted, and another takes its place.

A mutant is made in a copy of the tree, build/mutate/N, never in the tree itself. Its tests run in the order in
which they are likely to find it, and the first failure ends it: that of the source's own name, all of
tests/policies, the conformance lab in virtual time (with the shared folder), tests/config, tests/sim.
A group of tests that computes for five times its usual time and 15 s is hung: that kills, too.

One that no test notices survives; tests/mutants.txt says of known ones why nothing can be noticed, and they
count as survivors all the same. Exit status 1 when fewer than 95 % are killed. Verdicts are kept in build/mutate, so
that a run that was broken off goes on where it was: a killed one's while its file and the test that killed it stay
as they are, a survivor's while nothing changes.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import mutants as places  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build/mutate"
EXPLAINED = ROOT / "tests/mutants.txt"
OWN_FILES = ("tests/mutants.txt",)
# What a mutant is tested with, and where its tests are.
PROGRAMS = {"all_policies_test": "tests/policies/", "squall": "tests/envoy/", "all_config_test": "tests/config/",
            "all_sim_test": "tests/sim/"}
WANTED = 0.95
KILLED, SURVIVED, BROKEN = "killed", "SURVIVED", "does not compile"

# ---- the copy in which it is changed -------------------------------------------------------------

PRELUDE = """#include <gtest/gtest.h>
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
"""
FLAGS = ["-O0", "-w", "-std=c++23", "-march=x86-64-v2", "-ffp-contract=off", "-fno-math-errno", "-pthread"]
COMPILER = "clang++-19"  # -O0 and what is included by everything compiled once: half the time of g++


@functools.cache
def tree():
    """path -> content of all that is built and run."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--deduplicate", "-z"], cwd=ROOT,
                            stdout=subprocess.PIPE, check=True, text=True).stdout.split("\0")
    return {p: (ROOT / p).read_bytes() for p in listed if p and (ROOT / p).is_file()}


@functools.cache
def name_of(*tests):
    """A hash of what is tested, and of the tests in these folders."""
    digest = hashlib.sha256()
    for path, content in sorted(tree().items()):
        if not path.endswith((".md", ".py")) and path not in OWN_FILES and (
                not path.startswith("tests/") or path.startswith(tests)):
            digest.update(f"{path} {len(content)} ".encode() + content)
    return digest.hexdigest()[:16]


@functools.cache
def test_texts():
    """Suite.Name -> text of a test."""
    texts = "\n".join(content.decode() for path, content in tree().items() if path.endswith("_test.cc"))
    found = re.finditer(r"^TEST\w*\((\w+),\s*(\w+)\).*?^}", texts, re.DOTALL | re.MULTILINE)
    return {f"{test[1]}.{test[2]}": test[0] for test in found}


def bounds(cpu_s):
    """For a child: memory, and time that it computes, which other load does not lengthen."""
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))


def run(command, folder, cpu_s=3600, **environment):
    """(exit status, None when it took longer; output)."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True, preexec_fn=lambda: bounds(cpu_s),
                               stdin=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})
    try:
        output, _ = process.communicate(timeout=20 * cpu_s)
        return None if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL) else process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[0]


class Copy:
    """A copy of the tree and its build."""

    def __init__(self, number, cores):
        self.tree, self.build = FOLDER / str(number) / "tree", FOLDER / str(number) / "build"
        self.cores = cores

    def prepare(self):
        for path, content in tree().items():
            self.write(path, content)
        for path in [p for p in self.tree.rglob("*") if p.is_file() and str(p.relative_to(self.tree)) not in tree()]:
            path.unlink()
        prelude, header = FOLDER / "prelude.pch", FOLDER / "prelude.h"
        if not prelude.exists():
            header.write_text(PRELUDE)
            self.must([COMPILER, *FLAGS, "-x", "c++-header", header, "-fpch-instantiate-templates", "-Xclang",
                       "-fno-pch-timestamp", "-o", prelude])
        self.must(["cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={COMPILER}",
                   "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=gold",
                   "-DSQUALL_BENCHES=OFF", f"-DSQUALL_OPTIONS=-w;-pthread;-include-pch;{prelude}"])

    def must(self, command):
        status, output = run(command, ROOT)
        if status != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{output}")

    def write(self, path, content):
        target = self.tree / path
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod((ROOT / path).stat().st_mode)

    def make(self, target):
        """Whether it compiles."""
        status, output = run(["ninja", "-C", self.build, f"-j{self.cores}", target], ROOT,
                             CCACHE_BASEDIR=str(self.tree.parent), CCACHE_NOHASHDIR="1",
                             CCACHE_SLOPPINESS="pch_defines,time_macros")
        return status == 0, output


# ---- which test notices it -----------------------------------------------------------------------

SLOW_S = 1.5  # a test that takes longer comes after all others


def shared_folder():
    folder = pathlib.Path(os.environ.get("SQUALL_SHARED", ROOT.parent / "shared")).resolve()
    return folder if folder.is_dir() else None


def google_test(copy, program, arguments, limit):
    """The test that failed, hung or stopped the program; None when all passed."""
    status, output = run([copy.build / "tests" / program, "--gtest_fail_fast", *arguments], copy.tree, limit,
                         SQUALL_SHARED=str(shared_folder() or ""))
    if status == 0:
        return None
    failed = re.search(r"^\[  FAILED  \] ([\w/.]+)", output, re.MULTILINE)
    started = re.findall(r"^\[ RUN      \] ([\w/.]+)", output, re.MULTILINE)
    if failed:
        return failed[1]
    return f"{started[-1] if started else program} ({'hung' if status is None else 'stopped'})"


def lab(copy, limit=60):
    results = copy.build / "results"
    results.mkdir(exist_ok=True)
    command = [ROOT / "build/venv/bin/python", copy.tree / "tests/envoy/run.py", "virtual"]
    status, output = run(command, copy.tree, limit, SQUALL_BUILD=str(copy.build), SQUALL_RESULTS=str(results),
                         SQUALL_TEST_NAME="lab", SQUALL_SHARED=str(shared_folder()))
    if status == 0:
        return None
    if status is None:
        return "lab (hung)"
    cases = json.loads((results / "lab.cases.json").read_text())["cases"]
    return next((f"lab case {c['name']}" for c in cases if c["result"] == "failed"), f"lab: {output[-200:]}")


def baseline(copy):
    """program -> test -> (its file, seconds), of the sources as they are; all must pass."""
    found = {}
    for program, folder in PROGRAMS.items():
        kept = FOLDER / f"baseline-{program}-{name_of(folder, 'tests/support/')}.json"
        if not kept.exists():
            kept.write_text(json.dumps(measured(copy, program)))
        found[program] = json.loads(kept.read_text())
    return found


def measured(copy, program):
    made, output = copy.make(program)
    if not made:
        sys.exit(f"{program} does not build with {COMPILER}:\n{output[-4000:]}")
    out = copy.build / f"{program}.json"
    if program == "squall":
        failed = lab(copy) if shared_folder() else None
    else:
        failed = google_test(copy, program, [f"--gtest_output=json:{out}"], 1800)
    if failed:
        sys.exit(f"{program}: {failed} fails without any change")
    suites = json.loads(out.read_text())["testsuites"] if program != "squall" else []
    return {f"{t['classname']}.{t['name']}": ("tests/" + t["file"].rpartition("/tests/")[2], float(t["time"][:-1]))
            for suite in suites for t in suite["testsuite"]}


def own_test(path):
    """The test file named after a source, as tests/repository/shape.py has it."""
    folder, _, stem = path.rpartition(".")[0].rpartition("/")
    words = stem.split("_")
    names = [f"tests/{folder}/{'_'.join(words[:n])}_test.cc" for n in range(len(words), 0, -1)]
    exceptions = tree()["tests/repository/exceptions.txt"].decode()
    exception = re.search(rf"^{re.escape(path)}: (\S+_test\.cc)$", exceptions, re.MULTILINE)
    return exception[1] if exception else next((n for n in names if n in tree()), None)


def groups(tests, own, hint):
    """Tests of a program, likely ones first; each group is run at once."""
    def rank(test):
        file, seconds = tests[test]
        return 0 if test == hint else (1 if file == own else 3) + (seconds > SLOW_S)

    return [group for r in range(5) if (group := [t for t in tests if rank(t) == r])]


def stages(mutant):
    own = own_test(mutant.path)
    if mutant.path.endswith(".h") and own:  # half of what includes it need not be compiled for that one
        yield own.removeprefix("tests/").removesuffix(".cc").replace("/", "_")
    yield from (program for program in PROGRAMS if program != "squall" or shared_folder())


def first_failure(copy, program, tests, path, hint):
    if program == "squall":
        return lab(copy)
    own, is_base = own_test(path), path.startswith("policies/base/")
    known = tests.get(program) or {t: facts for t, facts in tests["all_policies_test"].items() if facts[0] == own}
    # By tests/repository/arrows.py policies/base uses nothing else, so its tests reach nothing else.
    covering = {t: facts for t, facts in known.items() if is_base or not facts[0].startswith("tests/policies/base/")}
    for group in groups(covering, own, hint):
        usual = sum(covering[t][1] for t in group)
        failed = google_test(copy, program, [f"--gtest_filter={':'.join(group)}"], 15 + int(5 * usual))
        if failed:
            return failed
    return None


def judge(mutant, copy, tests, hint):
    """(verdict, the test that killed it)."""
    source = tree()[mutant.path].decode()
    changed = source[:mutant.at] + mutant.new + source[mutant.at + len(mutant.old):]
    copy.write(mutant.path, changed.encode())
    try:
        for program in stages(mutant):
            made, output = copy.make(program)
            if not made:
                # Neither a full disk nor too little memory is the mutant's doing.
                if not re.search(r"^[^\s:]+:\d+:\d+: (fatal )?error: ", output, re.M):
                    sys.exit(f"{program} cannot be built with {mutant}:\n{output[-2000:]}")
                return BROKEN, ""
            failed = first_failure(copy, program, tests, mutant.path, hint)
            if failed:
                return KILLED, failed
        return SURVIVED, ""
    finally:
        copy.write(mutant.path, tree()[mutant.path])


# ---- the run -------------------------------------------------------------------------------------


def proof(key, verdict, killer):
    """What a verdict rests on: a survivor's on everything, another's on its file and the test that killed it."""
    if verdict == SURVIVED:
        return name_of(*PROGRAMS.values(), "tests/support/")
    test = re.search(r"\w+\.\w+", killer)
    rests_on = tree().get(key.split("|")[0], b"") + test_texts().get(test[0] if test else "", "").encode()
    return hashlib.sha256(rests_on).hexdigest()[:16]


class Log:
    """Verdicts, and which test killed a mutant whenever that was: it is run first the next time."""

    def __init__(self, fresh):
        self.file, self.hints_file = FOLDER / "verdicts.jsonl", FOLDER / "killers.jsonl"
        self.verdicts = {key: (verdict, killer) for key, verdict, killer, why in self.read(self.file)
                         if why == proof(key, verdict, killer) and not fresh}
        self.hints = dict(self.read(self.hints_file))
        self.lock = threading.Lock()

    @staticmethod
    def read(file):
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @staticmethod
    def append(file, *row):
        with file.open("a") as out:
            out.write(json.dumps(row) + "\n")

    def add(self, key, verdict, killer):
        with self.lock:
            self.verdicts[key] = verdict, killer
            self.append(self.file, key, verdict, killer, proof(key, verdict, killer))
            if killer:
                self.append(self.hints_file, key, killer.split(" ")[0])


def explanations():
    """(path, line before, line after) -> why nothing can be noticed."""
    found = {}
    for block in re.split(r"\n\s*\n", EXPLAINED.read_text() if EXPLAINED.exists() else ""):
        lines = [line for line in block.strip().splitlines() if not line.startswith("#")]
        if not lines:
            continue
        if len(lines) < 4 or lines[1][:2] != "- " or lines[2][:2] != "+ ":
            sys.exit(f"{EXPLAINED}: not a path, `- line`, `+ line` and why:\n{block}")
        if lines[1][2:] not in tree().get(lines[0], b"").decode():
            sys.exit(f"{EXPLAINED.name}: {lines[0]} has no line any more that reads {lines[1][2:]}")
        found[lines[0], lines[1][2:], lines[2][2:]] = " ".join(lines[3:])
    return found


def examine(mutants, count, jobs, fresh):
    """[(mutant, verdict)] until so many compiled, shown as they come."""
    copies = [Copy(n, max(1, (os.cpu_count() or 1) // jobs)) for n in range(jobs)]
    for copy in copies:
        copy.prepare()
    tests, log, free = baseline(copies[0]), Log(fresh), list(copies)

    def one(mutant):
        if mutant.key not in log.verdicts:
            copy = free.pop()
            try:
                log.add(mutant.key, *judge(mutant, copy, tests, log.hints.get(mutant.key)))
            finally:
                free.append(copy)
        verdict, killer = log.verdicts[mutant.key]
        print(f"{mutant}: {verdict}{f' by {killer}' if killer else ''}", flush=True)
        return mutant, verdict

    found, counted, taken = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        while counted < count and taken < len(mutants):
            batch = mutants[taken:taken + count - counted]
            taken += len(batch)
            # Headers last, and one after the other: what includes them is compiled again.
            found += pool.map(one, sorted(batch, key=lambda m: (m.path.endswith(".h"), m.path, m.at)))
            counted = sum(verdict != BROKEN for _, verdict in found)
    return found


def report(seed, found):
    """The closing lines; whether enough were killed."""
    why = explanations()
    survivors = [m for m, verdict in found if verdict == SURVIVED]
    killed = sum(verdict == KILLED for _, verdict in found)
    counted = killed + len(survivors)
    if survivors:
        print("\nSurvivors:")
    for m in sorted(survivors, key=lambda m: (m.path, m.at)):
        print(f"  {m}\n      {why.get((m.path, m.before, m.after), 'not explained: a test is missing')}")
    share = killed / counted if counted else 0
    print(f"\nSeed {seed}: {killed} of {counted} mutants killed ({100 * share:.1f} %), {len(survivors)} survived, "
          f"{len(found) - counted} did not compile and are not counted")
    return share >= WANTED


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", required=True, help="which places are changed: any word or number")
    parser.add_argument("--count", type=int, default=200, help="how many mutants that compile (200)")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time, each in a copy of its own (1)")
    parser.add_argument("--only", default="", metavar="REGEX", help="which of the lines that --list shows")
    parser.add_argument("--list", action="store_true", help="shows the mutants that would be tried first, tries none")
    parser.add_argument("--fresh", action="store_true", help="takes no verdict over from earlier runs")
    arguments = parser.parse_args()
    sources = {p: c.decode() for p, c in tree().items() if re.fullmatch(r"policies/.*\.(h|cc)", p)}
    mutants = [m for m in places.draw(arguments.seed, sources) if re.search(arguments.only, str(m))]
    if arguments.list:
        print("\n".join(map(str, mutants[:arguments.count])))
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not shared_folder():
        print("no shared folder: its vectors and conformance cases kill nothing", file=sys.stderr)
    found = examine(mutants, arguments.count, arguments.jobs, arguments.fresh)
    return 0 if report(arguments.seed, found) else 1


if __name__ == "__main__":
    sys.exit(main())
