"""Runs a file of tests of this folder with `squall test`."""
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", HERE.parent.parent / "build" / "test")) / "bin" / "squall"


def squall_test(case, file, regex):
    done = subprocess.run([str(SQUALL), "test", str(HERE / file), "--run", regex], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    case.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
