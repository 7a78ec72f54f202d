"""M/G/1, first come first served, against closed forms: means within 1 %, p99 within 2 %."""
import unittest

import runs
from queue_rows import KINDS_OF_WORK


@runs.one_test_a_row(KINDS_OF_WORK)
class KindsOfWork(unittest.TestCase):
    def test_theory_lies_outside_intervals_no_more_often_than_chance_has_it(self):
        runs.check_chance(self, KINDS_OF_WORK)

    def test_littles_law(self):
        for row in KINDS_OF_WORK:
            with self.subTest(row.name):
                runs.check_littles_law(self, row.reports)


if __name__ == "__main__":
    unittest.main()
