"""The shipped balancers over N servers below rho 0.9: means within 1.5 %, 3 % in turn, and in the order of theory."""
import unittest

import runs
from balancer_rows import BELOW_09, Orders


@runs.one_test_a_row(BELOW_09)
class Balancers(Orders, unittest.TestCase):
    rows = BELOW_09


if __name__ == "__main__":
    unittest.main()
