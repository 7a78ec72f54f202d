"""Which operators, bounds and constants of a C++ source can be changed, and to what."""
import dataclasses
import hashlib
import re

TOKEN = re.compile(r"""
  (?P<comment>//[^\n]*|/\*.*?\*/)
| (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
| (?P<text>R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')
| (?P<number>\.?\d(?:[eEpP][+-]|['\w.])*)
| (?P<word>[A-Za-z_]\w*)
| (?P<operator><=>|<<=|>>=|\.\.\.|::|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\w\s])
""", re.VERBOSE | re.DOTALL | re.MULTILINE)
# Between blanks; without them they are brackets, references and pointers (clang-format sees to it).
BINARY = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
          "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
          "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="], "<<": [">>"], ">>": ["<<"],
          "&": ["|"], "|": ["&"], "^": ["&"], "<<=": [">>="], ">>=": ["<<="], "&=": ["|="], "|=": ["&="]}
UNARY = {"!": [""], "++": ["--"], "--": ["++"]}
WORDS = {"true": "false", "false": "true"}
EXTREMES = {"min": "max", "max": "min"}


@dataclasses.dataclass(frozen=True)
class Mutant:
    path: str
    at: int  # offset in the file
    old: str
    new: str
    line: int
    before: str  # the line, without the blanks around it
    after: str
    key: str  # stays when other lines change

    def __str__(self):
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


def closing(tokens, i, opens, closes):
    """The index of the bracket that closes the one at i; i when there is none in this statement."""
    depth = 0
    for j in range(i, len(tokens)):
        token = tokens[j][0]
        if token == opens:
            depth += 1
        elif token == closes or (closes == ">" and token == ">>"):
            depth -= len(token)
            if depth <= 0:
                return j
        elif opens == "<" and token in (";", "{"):
            return i
    return i


def skipped(tokens, source):
    """Indices of the tokens that name or declare: no behaviour to change."""
    skip = set()
    ends = {"static_assert": ("(", ")"), "enum": ("{", "}"), "template": ("<", ">")}
    for i, token in enumerate(tokens):
        last = i
        if token[0] in ends and i + 1 < len(tokens):
            opens, closes = ends[token[0]]
            first = next((j for j in range(i, len(tokens)) if tokens[j][0] in (opens, ";")), i)
            last = closing(tokens, first, opens, closes) if tokens[first][0] == opens else first
        elif token[0] in ("using", "typedef"):
            last = next((j for j in range(i, len(tokens)) if tokens[j][0] == ";"), i)
        elif token[0] == "operator":
            last = i + 1
        elif token[0] == "<" and i and tokens[i - 1]["word"] and not source[token.start() - 1].isspace():
            last = closing(tokens, i, "<", ">")
        skip.update(range(i, last + 1) if last > i else ())
    return skip


def next_number(text):
    whole = re.fullmatch(r"(?![\d']+[eE]|0[xX][\da-fA-F'.]*[pP])(0[xX][\da-fA-F']+|\d[\d']*)([A-Za-z_]\w*)?", text)
    if whole:
        value = int(whole[1].replace("'", ""), 0 if whole[1][:2].lower() == "0x" else 10) + 1
        return (hex(value) if whole[1][:2].lower() == "0x" else str(value)) + (whole[2] or "")
    decimal = re.fullmatch(r"(\d*)(\.\d*)([A-Za-z_]\w*)?", text)
    return f"{int(decimal[1] or 0) + 1}{decimal[2]}{decimal[3] or ''}" if decimal else f"({text} + 1)"


def replacements(tokens, i, source):
    token, previous = tokens[i], tokens[i - 1][0] if i else ""
    text, kind = token[0], token.lastgroup
    blank_after = source[token.end():token.end() + 1].isspace()
    if kind == "number":
        return [next_number(text)]
    if kind == "word" and text in WORDS:
        return [WORDS[text]]
    if kind == "word" and text in EXTREMES and previous == "::" and tokens[i - 2][0] in ("std", "ranges"):
        return [EXTREMES[text]]
    if text in UNARY:
        return UNARY[text]
    if text in BINARY and blank_after and source[token.start() - 1].isspace():
        return BINARY[text]
    if text == "-" and not blank_after:
        return [""]
    return []


def candidates(path, source):
    """(key, mutants) of each place of a file."""
    tokens = [m for m in TOKEN.finditer(source) if m.lastgroup not in ("comment", "directive")]
    skip = skipped(tokens, source)
    seen = {}
    for i, token in enumerate(tokens):
        new = [] if i in skip or token.lastgroup == "text" else replacements(tokens, i, source)
        if not new:
            continue
        start = source.rfind("\n", 0, token.start()) + 1
        end = source.find("\n", token.start())
        line, column = source[start:end], token.start() - start
        place = line.strip(), column - (len(line) - len(line.lstrip()))
        nth = seen[place] = seen.get(place, 0) + 1
        key = f"{path}|{place[0]}|{place[1]}|{nth}"
        after = [line[:column] + n + line[column + len(token[0]):] for n in new]
        number = source.count("\n", 0, start) + 1
        yield key, [Mutant(path, token.start(), token[0], n, number, line.strip(), a.strip(), f"{key}|{n}")
                    for n, a in zip(new, after)]


def draw(seed, sources):
    """All mutants of {path: text}, one a place, in the order in which this seed takes them."""
    taken = []
    for path, source in sorted(sources.items()):
        for key, mutants in candidates(path, source):
            digest = hashlib.sha256(f"{seed}|{key}".encode()).digest()
            taken.append((digest, mutants[digest[-1] % len(mutants)]))
    return [mutant for _, mutant in sorted(taken, key=lambda t: t[0])]
