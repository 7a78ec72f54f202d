"""Who may include whom: the table of docs/architecture.md, checked on every #include."""
import re

from source import Finding

# A folder's files may include their own folder and these; policies/base is a layer of its own.
ARROWS = {
    "policies/base": [],
    "policies": ["policies/base"],
    "config": ["policies", "policies/base"],
    "topology": ["policies/base"],
    "reports": ["policies/base"],
    "decisions": ["policies", "policies/base"],
    "scenarios": ["policies", "policies/base", "config", "topology", "reports"],
    "sim": ["policies", "policies/base", "config", "topology", "scenarios", "reports", "decisions"],
    "proxy": ["policies", "policies/base", "config", "reports", "decisions"],
}
LIBRARIES = [layer for layer in ARROWS if "/" not in layer]
SHELLS = ["cli", "python", "tests"]  # may include everything; nothing includes them but tests

# Headers from outside, and the only places that may include them. A name that ends in / is a folder's.
OUTSIDE = [
    (["yaml-cpp/"], ["config/document"]),
    (["re2/"], ["policies", "config", "scenarios", "sim", "proxy"]),
    (["xxhash.h"], ["policies"]),
    (["google/protobuf/"], ["policies/lb/load_report", "reports", "decisions", "sim", "proxy", "cli", "tests"]),
    (["nlohmann/"], ["config", "reports", "scenarios", "sim", "proxy", "cli", "tests", "python"]),
    (["CLI/"], ["cli", "proxy/main"]),
    (["gtest/", "gmock/"], ["tests"]),
    (["benchmark/"], ["tests/bench"]),
    (["boost/", "Eigen/"], ["topology"]),
    (["nghttp2/", "openssl/"], ["proxy", "tests/proxy"]),
    (["pybind11/"], ["python"]),
    (["sys/socket.h", "sys/epoll.h", "netinet/", "unistd.h", "csignal", "signal.h"],
     ["proxy", "decisions/log_writer", "cli", "tests"]),
    (["arpa/"], ["config", "proxy", "tests"]),
    (["thread", "mutex", "shared_mutex", "condition_variable", "future"],
     ["sim", "decisions/log_writer", "proxy", "cli", "tests"]),
    (["iostream"], ["config/document", "cli", "tests"]),
    (["random", "format", "print"], []),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path):
    if path.startswith("policies/base/"):
        return "policies/base"
    return path.split("/")[0]


def check(file, known):
    """Findings of one C++ file; `known` holds every path of the repository."""
    own = layer_of(file.path)
    for number, line in enumerate(file.code_lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        what = ours(file, own, match[2], known) if match[1] == '"' else outside(file, match[2])
        if what:
            yield Finding(file.path, number, what)


def ours(file, own, target, known):
    if not target.endswith(".pb.h") and target not in known:
        return f'"{target}" is no file of ours by its path from the root'
    layer = layer_of(target)
    if own == "tests" or layer == own:
        return None
    if layer in SHELLS:
        return f"nothing depends on {layer}/"
    if own in SHELLS or layer in ARROWS.get(own, []):
        return None
    return f"{own} may not include {layer} (allowed: {', '.join(ARROWS.get(own, [])) or 'nothing'})"


def outside(file, target):
    for headers, places in OUTSIDE:
        if any(target.startswith(h) if h.endswith("/") else target == h for h in headers) \
                and not file.path.startswith(tuple(places)):
            return f"<{target}> is only for {', '.join(places) or 'nobody'}"
    return None
