#!/usr/bin/env python3
"""What `squall compile --to golden` prints, against what a real istiod pushed: one case a client's view.

The cases are the shared folder's article-* ones and some with gateways, their routes, clusters and endpoints; without the shared
folder each case counts as skipped. `squall` is taken from SQUALL_BUILD/bin.
"""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import results  # noqa: E402

SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin" / "squall"
CASES = ["article-checkout-canary", "article-inventory-retries", "article-order-circuit-breaker",
         "article-payment-timeout", "article-peer-authentication", "article-product-service",
         "gateway-http", "gateway-merge-virtualservices", "delegates", "destination-port-inference", "match-source",
         "redirect"]
SECTIONS = "routes,clusters,endpoints"


def views(shared):
    command = [sys.executable, str(shared / "tools" / "goldens" / "goldens"), "--squall", str(SQUALL),
               "--root", str(shared / "data" / "istiod-goldens"), "--sections", SECTIONS, "--format", "json", *CASES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    try:
        return json.loads(done.stdout)
    except ValueError:
        print(done.stderr)
        return []


def main():
    shared = pathlib.Path(os.environ.get("SQUALL_SHARED", ROOT.parent / "shared"))
    if not shared.is_dir():
        cases = [(name, results.SKIPPED, "no shared folder") for name in CASES]
    elif not SQUALL.exists():
        cases = [(name, results.FAILED, "there is no squall") for name in CASES]
    else:
        cases = [(f"{v['case']} {v['view']}", results.PASSED if v["ok"] else results.FAILED,
                  "; ".join(v["differences"][:3])) for v in views(shared)]
        seen = {name.split()[0] for name, _, _ in cases}
        cases += [(name, results.FAILED, "was not compared") for name in CASES if name not in seen]
    for name, result, message in cases:
        print(result, name, message)
    results.write("golden_istiod", cases, "Views of a real istiod")
    return 1 if any(result == results.FAILED for _, result, _ in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
