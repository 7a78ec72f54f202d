"""M/G/1 sharing the processor against closed forms: means within 1 %."""
import unittest

import runs
from queue_rows import SHARING


@runs.one_test_a_row(SHARING)
class Sharing(unittest.TestCase):
    def test_theory_lies_outside_intervals_no_more_often_than_chance_has_it(self):
        runs.check_chance(self, SHARING)

    def test_littles_law(self):
        for row in SHARING:
            with self.subTest(row.name):
                runs.check_littles_law(self, row.reports)


if __name__ == "__main__":
    unittest.main()
