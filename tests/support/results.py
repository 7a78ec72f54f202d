"""The file in which a test program that is not GoogleTest's says how each of its cases went."""
import json
import os
import pathlib

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def write(default_name, cases, title=None):
    """cases: (name, passed|failed|skipped, message). `title`: shown as a line of its own by the tally."""
    folder = os.environ.get("SQUALL_RESULTS")
    if not folder:
        return
    name = os.environ.get("SQUALL_TEST_NAME", default_name)
    content = {"title": title, "cases": [{"name": n, "result": r, "message": m} for n, r, m in cases]}
    pathlib.Path(folder, name + ".cases.json").write_text(json.dumps(content))
