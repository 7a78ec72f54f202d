"""The repository's files, and C++ text seen without its comments and strings."""
import dataclasses
import functools
import pathlib
import re
import subprocess

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])*\'',
    re.DOTALL)


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    file: str
    line: int
    what: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.what}"


def blanked(text):
    """The same lines and columns; comments and literals (but what is included) are spaces."""
    def blank(match):
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        return match[0] if line.strip() == "#include" else re.sub(r"[^\n]", " ", match[0])
    return TOKEN.sub(blank, text)


class File:
    """One file of the repository: `path` is relative to the root."""

    def __init__(self, path, text):
        self.path = path
        self.text = text

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        return blanked(self.text)

    @functools.cached_property
    def code_lines(self):
        return self.code.splitlines()

    @property
    def folder(self):
        return self.path.rpartition("/")[0]

    @property
    def name(self):
        return self.path.rpartition("/")[2]

    @property
    def is_cpp(self):
        return self.path.endswith((".h", ".cc"))

    def under(self, *folders):
        return any(self.path == f or self.path.startswith(f + "/") for f in folders)


def tracked(root):
    """Every file that is committed or would be, as File; binaries are left out."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
                            cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    files = []
    for path in sorted(filter(None, listed)):
        try:
            files.append(File(path, (pathlib.Path(root) / path).read_text()))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return files


def functions(code):
    """(first line, last line) of every outermost function in blanked C++ code, its head included."""
    stack, start, found = [], 0, []
    for match in re.finditer(r"[{};]|^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", code, re.MULTILINE):
        token = match[0]
        if token == "{":
            stack.append(kind_of_block(code, start, match.start(), "function" in stack))
            if stack[-1] == "function":
                head = code[start:match.start()]
                found.append([line_of(code, start + len(head) - len(head.lstrip())), 0])
            elif stack[-1] == "initialiser":
                continue
        elif token == "}" and stack:
            kind = stack.pop()
            if kind == "function":
                found[-1][1] = line_of(code, match.start())
            elif kind == "initialiser":
                continue  # still the same head
        if "function" not in stack:
            start = match.end()
    return [(first, last) for first, last in found if last]


def kind_of_block(code, start, brace, inside):
    if inside:
        return "other"
    if code[brace - 1].isalnum() or code[brace - 1] in "_>":
        return "initialiser"  # `member_{1}`: the formatter puts a space before any other brace
    return "function" if is_function_head(code[start:brace]) else "other"


def is_function_head(head):
    if ")" not in head or re.search(r"\b(namespace|enum)\b", head):
        return False
    before = head.split("(")[0]
    return not re.search(r"\b(class|struct|union)\s+(\[\[.*\]\]\s*)?\w+[^()]*$", re.sub(r"template\s*<.*?>", "", before))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
