#!/usr/bin/env python3
"""clang-tidy on the sources of the libraries and programs, remembering what was clean.

    tidy.py BUILD CACHE

A source is looked at again when it, a header of ours that it includes, its flags, the checks or clang-tidy
changed. BUILD has compile_commands.json. Exit status 1 when something was found.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

import arrows

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TIDY = "clang-tidy-19"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def with_headers(source, texts):
    """`source` and all headers of ours that it reaches, each once, in a fixed order."""
    reached, waiting = {}, [source]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        if path not in texts:
            texts[path] = path.read_text() if path.exists() else ""
        reached[path] = texts[path]
        waiting += [ROOT / target for target in INCLUDE.findall(texts[path])]
    return sorted(reached.items())


def fingerprint(entry, texts, common):
    hash_ = hashlib.sha256(common)
    hash_.update(entry["command"].replace(str(ROOT), "").encode())
    for path, text in with_headers(pathlib.Path(entry["file"]), texts):
        hash_.update(f"{path.relative_to(ROOT)}\0{text}\0".encode())
    return hash_.hexdigest()


def look(build, file):
    done = subprocess.run([TIDY, "-p", str(build), "--quiet", file], capture_output=True, text=True, check=False,
                          cwd=ROOT, stdin=subprocess.DEVNULL)
    return done.returncode == 0, done.stdout.strip() or done.stderr.strip()


def main():
    build, cache = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    ours = tuple(str(ROOT / folder) + "/" for folder in [*arrows.LIBRARIES, "cli"])
    texts, waiting, found = {}, [], 0
    entries = [e for e in json.loads((build / "compile_commands.json").read_text()) if e["file"].startswith(ours)]
    for entry in entries:
        mark = cache / fingerprint(entry, texts, common)
        if not mark.exists():
            waiting.append((entry["file"], mark))
    print(f"{len(waiting)} of {len(entries)} sources to look at", flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(look, build, file): mark for file, mark in waiting}
        for job in concurrent.futures.as_completed(jobs):
            clean, said = job.result()
            if clean:
                jobs[job].touch()
            else:
                found += 1
                print(said, flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
