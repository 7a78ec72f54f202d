"""M/M/1/K against closed forms: what is refused and means within 1 %, p99 within 2 %."""
import unittest

import runs
from queue_rows import LOSSES


@runs.one_test_a_row(LOSSES)
class Losses(unittest.TestCase):
    def test_theory_lies_outside_intervals_no_more_often_than_chance_has_it(self):
        runs.check_chance(self, LOSSES)

    def test_littles_law(self):
        for row in LOSSES:
            with self.subTest(row.name):
                runs.check_littles_law(self, row.reports)


if __name__ == "__main__":
    unittest.main()
