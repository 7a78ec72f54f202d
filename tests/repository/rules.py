#!/usr/bin/env python3
"""The repository's own rules. Prints each finding as FILE:LINE: what; exit status 1 when there is one."""
import pathlib
import sys

import arrows
import links
import shape
import source
import words

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXCEPTIONS = "tests/repository/exceptions.txt"


def exceptions_of(files):
    """source -> the test that covers it, from lines `SOURCE: TEST`."""
    text = next((f.text for f in files if f.path == EXCEPTIONS), "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {part.strip(): test.strip() for part, _, test in (line.partition(":") for line in lines)}


def findings(files, root):
    known = {f.path for f in files}
    for file in files:
        yield from words.check(file)
        yield from shape.sizes(file)
        yield from shape.places(file)
        yield from shape.header(file)
        if file.is_cpp:
            yield from arrows.check(file, known)
    yield from shape.untested(files, exceptions_of(files))
    yield from shape.unused_scripts(files)
    yield from links.check(files, root)
    yield from links.unlinked(files)


def main():
    files = source.tracked(ROOT)
    found = sorted(set(findings(files, ROOT)))
    for finding in found:
        print(finding)
    print(f"{len(files)} files, {len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
