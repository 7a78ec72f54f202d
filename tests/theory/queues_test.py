"""M/M/c against closed forms, up to rho 0.9: means within 1 %, p99 within 2 %."""
import unittest

import runs
from queue_rows import QUEUES


@runs.one_test_a_row(QUEUES)
class Queues(unittest.TestCase):
    def test_theory_lies_outside_intervals_no_more_often_than_chance_has_it(self):
        runs.check_chance(self, QUEUES)

    def test_littles_law(self):
        for row in QUEUES:
            with self.subTest(row.name):
                runs.check_littles_law(self, row.reports)


if __name__ == "__main__":
    unittest.main()
