"""Two of the fifty random meshes of random_meshes_long_test.py, with few calls."""
import unittest

import random_meshes
import runs


@unittest.skipIf(runs.SLOW_BUILD, "this build is too slow for it")
class TwoRandomMeshes(unittest.TestCase):
    def test_the_solver_agrees_with_runs_within_one_percent(self):
        random_meshes.check(self, (2, 11))


if __name__ == "__main__":
    unittest.main()
