"""The shipped balancers over N servers, with one client's sidecar in front that sees all of the load."""
import unittest

import closed_forms as theory
import runs
from runs import Row, Want

UNIT = 0.01

# Mean time with the better of two servers drawn at random, with replacement, as an independent program found it
# (10 seeds; its 95 % intervals are within 0.3 % of the figures for 100 servers, 0.5 % for 10). The limit for
# infinitely many servers (Mitzenmacher, IEEE TPDS 12 (2001)) is below each: 1.2657, 1.6145, 1.9474, 2.6141.
TWO_CHOICES = {100: {0.5: 1.2713, 0.7: 1.6254, 0.8: 1.9711, 0.9: 2.6559},
               10: {0.5: 1.3244, 0.7: 1.7431, 0.8: 2.1627, 0.9: 3.1057}}


def row(balancer, rho, servers, seconds, mean, bound):
    return Row(f"{balancer.lower()}_{servers}_rho_{rho}", "balancers",
               (f"balancer={balancer}", f"rho={rho}", f"N={servers}"), seconds, (Want("mean", mean * UNIT, bound),),
               warmup=20)


def random_rows(rho, seconds):
    return row("RANDOM", rho, 100, seconds, theory.mmc(1, rho)[0], 0.015)


def two_choices(rho, servers, seconds):
    return row("LEAST_REQUEST", rho, servers, seconds, TWO_CHOICES[servers][rho], 0.015)


def round_robin(rho, servers, seconds):
    """Every N-th of Poisson arrivals: each server is an E_N/M/1."""
    return row("ROUND_ROBIN", rho, servers, seconds, theory.erlang_arrivals_mm1(servers, rho), 0.03)


ROWS = [
    *(random_rows(rho, seconds) for rho, seconds in ((0.5, 8), (0.7, 18), (0.8, 25), (0.9, 90))),
    *(two_choices(rho, 100, seconds) for rho, seconds in ((0.5, 6), (0.7, 8), (0.8, 10), (0.9, 16))),
    *(two_choices(rho, 10, seconds) for rho, seconds in ((0.5, 60), (0.7, 60), (0.8, 120), (0.9, 220))),
    *(round_robin(rho, 100, seconds) for rho, seconds in ((0.5, 3), (0.7, 3), (0.8, 6), (0.9, 20))),
]


@runs.one_test_a_row(ROWS)
class Balancers(unittest.TestCase):
    def means(self, rho):
        return {name: next(r for r in ROWS if r.name == f"{name}_100_rho_{rho}").estimate("mean").value
                for name in ("random", "round_robin", "least_request")}

    def test_random_is_worse_than_round_robin_is_worse_than_two_choices(self):
        for rho in (0.7, 0.8, 0.9):
            got = self.means(rho)
            self.assertGreater(got["random"], got["round_robin"])
            self.assertGreater(got["round_robin"], got["least_request"])

    def test_fewer_servers_are_worse_than_infinitely_many(self):
        for rho in TWO_CHOICES[10]:
            ten = next(r for r in ROWS if r.name == f"least_request_10_rho_{rho}").estimate("mean").value
            hundred = self.means(rho)["least_request"]
            self.assertLess(theory.two_choices(rho) * UNIT, hundred)
            self.assertLessEqual(hundred, ten)

    def test_littles_law(self):
        for one in ROWS:
            with self.subTest(one.name):
                runs.check_littles_law(self, one.reports)


if __name__ == "__main__":
    unittest.main()
