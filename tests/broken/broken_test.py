"""What squall says about broken files: each NAME.yaml or NAME.json here has its exact messages in NAME.expected.

Scenarios are run as they are; manifests beside a scenario that is whole; bootstraps stand in a lab plan. Every
one is refused: exit status 2, nothing on standard output. The messages are written by hand.
"""
import os
import pathlib
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")).resolve() / "bin" / "squall"
COMMANDS = {"scenarios": lambda file: ["run", file],
            "manifests": lambda file: ["run", "../whole.yaml", "--manifests", file],
            "bootstraps": lambda file: ["lab", file]}


class Broken(unittest.TestCase):
    maxDiff = None


def case_of(expected):
    def case(self):
        folder = expected.parent
        (file,) = (f.name for f in folder.glob(expected.stem + ".*") if f.suffix in (".yaml", ".json"))
        done = subprocess.run([str(SQUALL), *COMMANDS[folder.name](file)], cwd=folder, capture_output=True,
                              text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.stderr, expected.read_text())
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
    return case


for path in sorted(HERE.glob("*/*.expected")):
    setattr(Broken, f"test_{path.parent.name}_{path.stem}", case_of(path))

if __name__ == "__main__":
    unittest.main()
