"""The theory that is written as tests of squall: those that take seconds."""
import unittest

from tests_of import squall_test


class Short(unittest.TestCase):
    def test_overload_of_one_server(self):
        squall_test(self, "overload_test.yaml", "load 1.2 patience 10")

    def test_a_queue_that_leaves_a_system_stuck(self):
        squall_test(self, "queue-limit_test.yaml", "silent drops never stick|silent drops stick at 150|who left is skipped")

    def test_what_full_servers_refuse(self):
        squall_test(self, "erlang-b_test.yaml", "five|ten servers")

    def test_retries_multiply_at_every_layer(self):
        squall_test(self, "layered-retries_test.yaml", "")

    def test_a_retry_budget(self):
        squall_test(self, "retry-budget_test.yaml", "")

    def test_priorities_and_panic(self):
        squall_test(self, "priorities_test.yaml", "")

    def test_ejections(self):
        squall_test(self, "outliers_test.yaml", "")

    def test_two_choices(self):
        squall_test(self, "least-request_test.yaml", "")

    def test_choices_by_old_information(self):
        squall_test(self, "stale_test.yaml", "")

    def test_threads_that_hang(self):
        squall_test(self, "threads_test.yaml", "")

    def test_a_client_that_asks_again(self):
        squall_test(self, "client-timeouts_test.yaml", "")

    def test_what_budgets_of_retries_come_to(self):
        squall_test(self, "client-budgets_test.yaml", "at 0.1|at 0.5")
        squall_test(self, "client-growth_test.yaml", "")

    def test_retries_that_pile_up(self):
        squall_test(self, "client-ramp_test.yaml", "")

    def test_a_client_that_turns_away_by_itself(self):
        squall_test(self, "client-throttle_test.yaml", "")
