"""Fifty random meshes: the solver and a run agree on every flow within 1 %."""
# labels: long
import unittest

import random_meshes
import runs


@unittest.skipIf(runs.SLOW_BUILD, "this build is too slow for it")
class RandomMeshes(unittest.TestCase):
    def test_the_solver_agrees_with_runs_within_one_percent(self):
        random_meshes.check(self, random_meshes.below_saturation(50))


if __name__ == "__main__":
    unittest.main()
