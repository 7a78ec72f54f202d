"""Sizes, places and company: how long files and functions are, where they lie, which test they have."""
import ast
import re

from arrows import LIBRARIES
from source import Finding, functions

MOST_LINES = {".h": 150, ".cc": 400, ".py": 400, ".sh": 400}
MOST_FUNCTION_LINES = 70
MOST_HEADER_COMMENT = 11
# Where CMake or ./dev picks a file up by its name.
REGISTERED = [
    rf"({'|'.join(LIBRARIES)})/([a-z0-9_]+/)?[a-z0-9_]+\.(h|cc|proto)",
    r"cli/[a-z0-9_]+\.(h|cc)",
    r"python/.*",
    r"tests/([a-z0-9_]+/){0,3}[a-z0-9_]+_test\.(cc|py)",
    r"tests/([a-z0-9_]+/){0,3}[a-z0-9_]+\.h",
    r"tests/support/[a-z0-9_]+\.cc",
    r"tests/bench/[a-z0-9_]+_bench\.cc",
    r"tests/fuzz/[a-z0-9_]+_fuzz\.cc",
    r"tests/must_not_compile/[a-z0-9_]+\.cc",
]


def sizes(file):
    kind = "." + file.name.rpartition(".")[2]
    most = MOST_LINES.get(kind)
    if most and len(file.lines) > most:
        yield Finding(file.path, most + 1, f"{len(file.lines)} lines; at most {most}, beyond that it is two ideas")
    bodies = functions(file.code) if file.is_cpp else python_functions(file) if kind == ".py" else []
    for first, last in bodies:
        if last - first + 1 > MOST_FUNCTION_LINES:
            yield Finding(file.path, first,
                          f"a function of {last - first + 1} lines; at most {MOST_FUNCTION_LINES}")


def python_functions(file):
    return [(node.lineno, node.end_lineno) for node in ast.walk(ast.parse(file.text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def places(file):
    if file.is_cpp:
        most = 3 if file.under("tests") else 2
        if file.folder.count("/") + 1 > most:
            yield Finding(file.path, 1, f"lies deeper than {most} folders below the root")
    if file.path.endswith((".cc", ".h", ".proto")) and not any(re.fullmatch(p, file.path) for p in REGISTERED):
        yield Finding(file.path, 1, "is picked up by no target: wrong folder or wrong ending of its name")


def header(file):
    if not file.path.endswith(".h"):
        return
    if "#pragma once" not in file.lines:
        yield Finding(file.path, 1, "a header says #pragma once")
    comment = 0
    while comment < len(file.lines) and file.lines[comment].startswith("//"):
        comment += 1
    if comment == 0:
        yield Finding(file.path, 1, "a header begins with a comment: its name and the question that it answers")
    elif comment > MOST_HEADER_COMMENT:
        yield Finding(file.path, comment, f"a header's comment has at most {MOST_HEADER_COMMENT} lines")


def untested(files, exceptions):
    """A source has tests/PATH_test.cc (or .py), where PATH may end at an underscore of its name."""
    paths = {f.path for f in files}
    for file in files:
        if not file.path.endswith(".cc") or not file.under(*LIBRARIES, "cli") or file.path in exceptions:
            continue
        folder, _, stem = file.path[:-3].rpartition("/")
        words = stem.split("_")
        names = ["_".join(words[:n]) for n in range(len(words), 0, -1)]
        if not any(f"tests/{folder}/{name}_test.{kind}" in paths for name in names for kind in ("cc", "py")):
            yield Finding(file.path, 1, f"no tests/{folder}/{stem}_test.cc, and tests/repository/exceptions.txt has no other")
    for source, test in exceptions.items():
        for path in (source, test):
            if path not in paths:
                yield Finding("tests/repository/exceptions.txt", 1, f"names {path}, which does not exist")


def unused_scripts(files):
    """A Python or shell file is a test, or some other file names it."""
    for file in files:
        if not file.path.endswith((".py", ".sh")) or file.path.endswith("_test.py") or file.under("python"):
            continue
        stem = file.name.rpartition(".")[0]
        mention = re.compile(rf"\b{re.escape(file.name)}\b|^\s*(?:import|from) {re.escape(stem)}\b", re.MULTILINE)
        if not any(mention.search(other.text) for other in files if other is not file):
            yield Finding(file.path, 1, "nothing calls it")
