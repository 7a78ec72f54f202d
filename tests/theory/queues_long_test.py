"""All rows of queue_rows.py: also high load, many servers and work that varies a lot."""
# labels: long
import unittest

import runs
from queue_rows import KINDS_OF_WORK, LONG, LOSSES, NETWORKS, QUEUES, SHARING

ALL = QUEUES + LOSSES + KINDS_OF_WORK + SHARING + NETWORKS + LONG


@runs.one_test_a_row(ALL)
class AllRows(unittest.TestCase):
    def test_theory_lies_outside_intervals_no_more_often_than_chance_has_it(self):
        runs.check_chance(self, ALL)

    def test_littles_law(self):
        for row in ALL:
            with self.subTest(row.name):
                runs.check_littles_law(self, row.reports)


if __name__ == "__main__":
    unittest.main()
