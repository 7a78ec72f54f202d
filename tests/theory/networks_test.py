"""Queues in a row, closed loops, forks and joins against their closed forms: means within 1 %, p99 within 2 %."""
import unittest

import runs
from queue_rows import NETWORKS


@runs.one_test_a_row(NETWORKS)
class Networks(unittest.TestCase):
    def test_theory_lies_outside_intervals_no_more_often_than_chance_has_it(self):
        runs.check_chance(self, NETWORKS)

    def test_littles_law(self):
        for row in NETWORKS:
            with self.subTest(row.name):
                runs.check_littles_law(self, row.reports)


if __name__ == "__main__":
    unittest.main()
