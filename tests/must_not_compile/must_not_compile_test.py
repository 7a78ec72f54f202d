"""Each x.cc here compiles as it is and does not with MISTAKE defined: its second line says with which error."""
import os
import pathlib
import re
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
COMPILER = ["g++", "-std=c++23", "-fsyntax-only", "-Wall", "-Werror", f"-I{HERE.parent.parent}"]


def compile_errors(source, *flags):
    done = subprocess.run([*COMPILER, *flags, str(source)], capture_output=True, text=True, check=False,
                          env=dict(os.environ, LC_ALL="C"))
    return None if done.returncode == 0 else done.stderr


class MustNotCompile(unittest.TestCase):
    pass


def case_of(source):
    def case(self):
        expected = re.match(r"// .*\n// error: (.*)\n", source.read_text())[1]
        self.assertIsNone(compile_errors(source), "it should compile without the mistake")
        errors = compile_errors(source, "-DMISTAKE")
        self.assertIsNotNone(errors, "the mistake compiles")
        said = [line for line in errors.splitlines() if "error:" in line]
        self.assertTrue(any(re.search(expected, line) for line in said), said)
    return case


for source in sorted(HERE.glob("*.cc")):
    setattr(MustNotCompile, f"test_{source.stem}", case_of(source))

if __name__ == "__main__":
    unittest.main()
