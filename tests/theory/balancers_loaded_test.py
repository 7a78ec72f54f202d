"""The shipped balancers over N servers at rho 0.9: means within 1.5 %, 3 % in turn, and in the order of theory."""
import unittest

import runs
from balancer_rows import AT_09, Orders


@runs.one_test_a_row(AT_09)
class LoadedBalancers(Orders, unittest.TestCase):
    rows = AT_09


if __name__ == "__main__":
    unittest.main()
