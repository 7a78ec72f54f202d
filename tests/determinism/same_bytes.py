"""What a run prints must be a function of scenario and seed: the shipped scenarios and how their output is taken."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHIPPED = [ROOT / "scenarios" / "library" / "quickstart.yaml",
           *sorted(path for path in (ROOT / "scenarios" / "library" / "bookstore").glob("*.yaml")
                   if not path.stem.endswith("_test"))]


def printed(squall, scenario, *arguments):
    """The bytes of standard output and the exit status."""
    done = subprocess.run([str(squall), "run", str(scenario), *arguments], capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, cwd=ROOT)
    assert done.stdout, done.stderr.decode()
    return done.stdout, done.returncode
