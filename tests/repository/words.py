"""Words that may not stand in code, with the places where they may."""
import dataclasses
import re

from arrows import LIBRARIES
from source import Finding


@dataclasses.dataclass(frozen=True)
class Rule:
    pattern: str
    advice: str
    inside: tuple = ()   # path prefixes where it holds; none: everywhere
    besides: tuple = ()  # path prefixes where it does not

    def holds_for(self, path):
        return (not self.inside or path.startswith(self.inside)) and not path.startswith(self.besides)


LIBRARY = tuple(f"{name}/" for name in LIBRARIES)
EXACT = ("policies/", "config/", "topology/", "reports/", "scenarios/", "decisions/", "sim/")
HOT = ("policies/machine/", "policies/lb/", "sim/")
LIBM = ("exp|exp2|expm1|log|log2|log10|log1p|pow|cbrt|hypot|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|erf|erfc|"
        "tgamma|lgamma|ceil|round|lround|llround|rint|nearbyint|trunc|fmod|remainder|fma")

CODE_RULES = [
    Rule(r"\b(steady_clock|system_clock|high_resolution_clock|utc_clock|clock_gettime|gettimeofday|timespec_get|"
         r"__rdtsc)\b|(?<![\w.>:])(?:std::)?(?:time|clock)\s*\(\s*(?:nullptr|NULL|0|&|\))",
         "wall clocks are read in cli/clock.h and proxy/clock.h only",
         besides=("cli/clock.h", "proxy/clock.h", "tests/bench/")),
    Rule(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>:])sleep\s*\(", "nothing sleeps", besides=("cli/",)),
    Rule(r"\brandom_device\b|\bmt19937|\bminstd_rand|\bdefault_random_engine\b|\bstd::\w+_distribution\b|"
         r"(?<![\w.>:])(?:std::)?s?rand(?:om)?\s*\(\s*\)|\bsrand\b",
         "there is no generator: draws are policies/base/mix.h's"),
    Rule(rf"\bstd::(?:{LIBM})[fl]?\s*[(<]|(?<![\w.>:])::(?:{LIBM})[fl]?\s*\(|__builtin_(?:{LIBM})\b",
         "libm differs between machines: policies/base/math.h, or sqrt, fabs, floor",
         inside=EXACT, besides=("policies/base/math",)),
    Rule(r"\bstd::(cout|cerr|clog|puts|printf|vprintf|exit|abort|quick_exit|_Exit|terminate)\b|"
         r"(?<![\w.>:])(?:v?f?printf|puts|fputs|putchar|perror|exit|_exit|abort|syslog)\s*\(|\bfmt::print\b",
         "libraries never print, log, exit or abort", inside=LIBRARY, besides=("policies/base/check.h", "proxy/main/")),
    Rule(r"\bthrow\b", "no exceptions: Result<T> for users' errors, SQUALL_CHECK for ours", inside=LIBRARY,
         besides=("config/document",)),
    Rule(r"\bstd::function\b|\bshared_ptr\b|\bmake_shared\b|\bstd::any\b|\bdynamic_cast\b|\bstd::list\b",
         "not on the hot path", inside=HOT, besides=("sim/run.h", "sim/run.cc", "sim/replicate.h", "sim/run_tests.h", "sim/compare_runs.h")),
    Rule(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b", "one implementation: no conditional compilation in policies",
         inside=("policies/",), besides=("policies/base/",)),
    Rule(r"\b__builtin_prefetch\b", "prefetch() of policies/base/prefetch.h: GCC drops calls that only fetch",
         besides=("policies/base/prefetch.h",)),
    Rule(r"\busing\s+namespace\s+(?!std::\w*literals)", "no using-directives", inside=LIBRARY + ("cli/",)),
    Rule(r"\b(float|long double)\b", "double: other widths round differently", inside=EXACT),
]

TEXT_RULES = [
    Rule(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", "nothing is left undone in a comment"),
    Rule(r"(?<![.\w])/(?:wor[k]|far[m]|roo[t]|hom[e]/\w+|tm[p]/squall)/", "no path of one machine"),
    Rule(r"py[p]i\.|pythonh[o]sted|registry\.np[m]|proxy\.go[l]ang|crat[e]s\.io|mav[e]n\.org|deb\.debi[a]n",
         "no host of a package registry"),
    Rule(r"^(?:<{7}|>{7}|\|{7})(?: |$)", "a merge has stopped half-way here"),
    Rule(r"[ \t]+$|\r", "no blanks at a line's end", besides=("LICENSE",)),
]


def check(file):
    for rule in TEXT_RULES:
        if rule.holds_for(file.path):
            yield from matches(rule, file, file.lines)
    if file.is_cpp:
        for rule in CODE_RULES:
            if rule.holds_for(file.path):
                yield from matches(rule, file, file.code_lines)


def matches(rule, file, lines):
    pattern = re.compile(rule.pattern)
    for number, line in enumerate(lines, 1):
        match = pattern.search(line)
        if match:
            yield Finding(file.path, number, f"'{match[0].strip()}': {rule.advice}")
