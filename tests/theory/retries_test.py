"""Retry algebra: attempts at failure probability p, and what retries at every layer of a chain multiply to."""
import unittest

import closed_forms as theory
import runs
from runs import Row, Want


def attempts(p, retries, seconds, with_failures=False):
    wanted, failed = theory.retry_attempts(p, retries)
    wants = (Want("attempts", wanted, 0.01),) + ((Want("failed", failed, 0.01),) if with_failures else ())
    return Row(f"attempts_p_{p}_retries_{retries}", "retry-attempts", (f"p={p}", f"R={retries}"), seconds, wants,
               warmup=1)


ROWS = [
    attempts(0.5, 1, 20, True), attempts(0.5, 2, 40, True), attempts(0.5, 3, 120, True), attempts(0.5, 5, 10),
    attempts(0.1, 3, 10), attempts(0.9, 3, 10),
]


@runs.one_test_a_row(ROWS)
class Attempts(unittest.TestCase):
    def test_of_what_always_fails_all_are_used(self):
        for retries in (1, 3, 5):
            load = runs.report(runs.HERE / "retry-attempts.yaml", "--set", "p=1", "--set", f"R={retries}",
                               "--duration", "3s")["loads"][0]
            self.assertEqual(load["attempts"], (retries + 1) * load["requests"])
            self.assertEqual(load["success_ratio"], 0)

    def test_theory_lies_outside_intervals_no_more_often_than_chance_has_it(self):
        runs.check_chance(self, ROWS)

    def test_littles_law(self):
        for row in ROWS:
            runs.check_littles_law(self, row.reports)


class Layers(unittest.TestCase):
    """A chain s1 -> s2 -> s3 -> s4 whose end fails; all attempts lie within the run, so counts are exact, at each hop.

    What the last hop gets of chains of one to five, layered-retries_test.yaml says.
    """
    CHAIN = ("client", "s1", "s2", "s3", "s4")

    def attempts_by_hop(self, scenario, depth, *sets):
        """At each of the last `depth` hops, for each request of the load."""
        arguments = [part for one in (f"first=s{5 - depth}", *sets) for part in ("--set", one)]
        found = runs.report(runs.HERE / f"{scenario}.yaml", *arguments)
        requests = found["loads"][0]["requests"]
        self.assertGreater(requests, 50)
        self.assertEqual(found["loads"][0]["unfinished"], 0)
        hops = ("client", *self.CHAIN[5 - depth:])
        edges = {(e["source"].partition(".")[0], e["service"].partition(".")[0]): e["attempts"]
                 for e in found["edges"]}
        return [edges[hop] / requests for hop in zip(hops, hops[1:])]

    def check_multiplies(self, factor, scenario, *sets):
        for depth in (1, 2, 3, 4):
            with self.subTest(depth=depth):
                self.assertEqual(self.attempts_by_hop(scenario, depth, *sets),
                                 [factor ** (i + 1) for i in range(depth)])

    def test_retries_on_5xx_multiply(self):
        for retries in (1, 2, 3):
            self.check_multiplies(retries + 1, "layered-retries", f"R={retries}")

    def test_503_passed_on_multiplies_with_istios_list_up_to_1_23(self):
        self.check_multiplies(3, "layered-retries", "R=2", "status=503",
                              "on=connect-failure,refused-stream,unavailable,cancelled,503")

    def test_a_500_is_no_gateway_error(self):
        # The last hop sees 503 and tries again; its caller makes a 500 of that, which nobody retries.
        self.assertEqual(self.attempts_by_hop("layered-retries", 4, "R=2", "on=gateway-error"), [1, 1, 1, 3])

    def test_an_answer_is_no_connect_failure(self):
        self.assertEqual(self.attempts_by_hop("layered-retries", 4, "on=connect-failure"), [1, 1, 1, 1])

    def test_istios_default_does_not_multiply_what_cannot_be_reached(self):
        for depth in (1, 2, 3, 4):
            self.assertEqual(self.attempts_by_hop("layered-crash", depth), [1] * (depth - 1) + [3])

    def test_istios_default_multiplies_grpc_unavailable(self):
        self.check_multiplies(3, "layered-grpc")


if __name__ == "__main__":
    unittest.main()
