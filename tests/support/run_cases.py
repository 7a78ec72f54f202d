#!/usr/bin/env python3
"""Runs one unittest file and leaves its cases where the tally finds them.

    run_cases.py FILE_test.py [unittest arguments]

With SQUALL_RESULTS set, SQUALL_TEST_NAME.json there lists every case as passed, failed or skipped.
"""
import importlib.util
import pathlib
import sys
import unittest

import results


class Recorder(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = {}

    def addSuccess(self, test):
        super().addSuccess(test)
        self.cases.setdefault(test.id(), ("passed", ""))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.cases[test.id()] = ("skipped", reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.cases[test.id()] = ("failed", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.cases[test.id()] = ("failed", str(err[1]))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.cases[test.id()] = ("failed", str(err[1]))


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Recorder)
    program = unittest.main(module=module, argv=[sys.argv[0], *sys.argv[2:]], testRunner=runner, exit=False)
    results.write(path.stem, [(name, *case) for name, case in program.result.cases.items()])
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
