"""The theory that is written as tests of squall: all of it."""
# labels: long
import unittest

from tests_of import squall_test


class Long(unittest.TestCase):
    def test_overload_of_one_server(self):
        squall_test(self, "overload_test.yaml", "")

    def test_a_queue_that_leaves_a_system_stuck(self):
        squall_test(self, "queue-limit_test.yaml", "")

    def test_what_full_servers_refuse(self):
        squall_test(self, "erlang-b_test.yaml", "")

    def test_open_and_closed_loops(self):
        squall_test(self, "loops_test.yaml", "")
