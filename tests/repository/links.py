"""Links in Markdown: the file is there, and so is the heading."""
import pathlib
import posixpath
import re

from source import Finding

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~)")


def prose(file):
    """(number, line) outside of code blocks."""
    fenced = False
    for number, line in enumerate(file.lines, 1):
        if FENCE.match(line.strip()):
            fenced = not fenced
        elif not fenced:
            yield number, re.sub(r"`[^`]*`", lambda m: " " * len(m[0]), line)


def slugs(file):
    fenced, found = False, set()
    for line in file.lines:
        if FENCE.match(line.strip()):
            fenced = not fenced
        elif not fenced and line.startswith("#"):
            title = re.sub(r"[`*]", "", line.lstrip("#").strip()).lower()
            found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found


def check(files, root):
    pages = {f.path: f for f in files if f.path.endswith(".md")}
    for page in pages.values():
        for number, line in prose(page):
            for match in LINK.finditer(line):
                what = broken(page, match[1] or match[2], pages, root)
                if what:
                    yield Finding(page.path, number, what)


def broken(page, target, pages, root):
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(page.folder, path)) if path else page.path
    if path not in pages and not (pathlib.Path(root) / path).exists():
        return f"dead link: there is no {path}"
    if anchor and path in pages and anchor not in slugs(pages[path]):
        return f"dead link: {path} has no heading #{anchor}"
    return None


def unlinked(files):
    """Every page of docs/ can be reached from the README or another page."""
    pages = [f for f in files if f.path.endswith(".md")]
    for page in pages:
        if page.under("docs") and not any(page.name in other.text for other in pages if other is not page):
            yield Finding(page.path, 1, "no page links here")
