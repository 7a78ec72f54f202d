"""Runs the program under test as a user would."""
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SQUALL = str(pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")).resolve() / "bin" / "squall")

SCENARIO = """apiVersion: squall.dev/v1
kind: Scenario
spec:
  warmup: 1s
  duration: 5s
  workloads: {shop: {replicas: 2, latency: 2ms}}
  load:
    - {name: users, from: outside, to: http://shop/, rate: 100/s}
"""


def squall(*arguments, stdin="", cwd=None, env=None, timeout=120):
    return subprocess.run([SQUALL, *map(str, arguments)], input=stdin, capture_output=True, text=True, check=False,
                          cwd=cwd, timeout=timeout, env={**os.environ, "TERM": "xterm", **(env or {})})


class Case(unittest.TestCase):
    """A folder of its own; `write` puts a file there."""
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def squall(self, *arguments, **options):
        return squall(*arguments, cwd=self.folder, **options)

    def interrupted(self, *arguments):
        """The program gets SIGINT once it is under way: (exit status, standard output, standard error)."""
        process = subprocess.Popen([SQUALL, *arguments], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # It cannot be seen from outside how far it is: used processor time tells that it is under way.
        while self.ticks(process.pid) < 30:
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @staticmethod
    def ticks(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return int(file.read().rsplit(") ", 1)[1].split()[11])

    def refused(self, message, *arguments, **options):
        done = self.squall(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", message + "\n"))
