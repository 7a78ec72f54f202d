"""The formulas give the figures that are printed for them."""
import math
import unittest

import closed_forms as theory


class ClosedForms(unittest.TestCase):
    def check(self, got, *wanted, digits=4):
        got = got if isinstance(got, tuple) else (got,)
        for g, w in zip(got, wanted, strict=True):
            self.assertAlmostEqual(g, w, delta=0.6 * 10 ** -digits * max(1, abs(w) / 10))

    def test_mm1_and_mmc(self):
        self.check(theory.mmc(1, 0.9), 10, 46.0517)
        self.check(theory.mmc(2, 0.8), 2.77778, 11.93737, digits=5)
        self.check(theory.mmc(4, 0.9), 2.96938, 12.19317, digits=5)
        self.check(theory.mmc(10, 0.95), 2.65117, 10.20852, digits=5)
        self.check(theory.mmc(100, 0.95), 1.10129, 4.72439, digits=5)
        self.check(theory.mmc(32, 0.9), 1.14319, 4.79436, digits=5)
        self.check(theory.mmc(1, 0.8, 0.999)[1], 34.5388)
        for c, rho, waits, wait in ((2, 0.8, 0.71111, 1.77778), (4, 0.9, 0.78775, 1.96938), (10, 0.95, 0.82559, 1.65117),
                                    (32, 0.9, 0.45820, 0.14319), (100, 0.95, 0.50646, 0.10129)):
            self.check((theory.erlang_c(c, rho), theory.mmc_wait(c, rho)), waits, wait, digits=5)
        for c, a, refused in ((5, 4, 0.199067), (10, 8, 0.121661), (100, 95, 0.048804)):
            self.check(theory.erlang_b(c, a), refused, digits=6)

    def test_mm1k(self):
        for lam, k, loss in ((0.9, 5, 0.12602), (0.9, 10, 0.05081), (0.9, 20, 0.01365), (1.5, 5, 0.36541)):
            self.check(theory.mm1k(lam, k)[0], loss, digits=5)
        for k, mean in ((5, 3.758), (20, 18.006), (100, 98.0)):
            self.check(theory.mm1k(1.5, k)[1], mean, digits=3)

    def test_mg1(self):
        self.check(tuple(theory.mg1(0.8, scv) for scv in (0, 0.5, 1, 4, 10)), 3, 4, 5, 11, 23)
        self.check((theory.mg1_ps(0.8, 0.1), theory.mg1_ps(0.8, 10), theory.mg1_ps(0.8)), 0.5, 50, 5)

    def test_the_tail_of_md1_is_cramers(self):
        # P(wait > t) ~ (1 - rho) / (rho e^s - 1) e^(-s t) with rho (e^s - 1) = s, close from a few units on.
        for rho in (0.5, 0.8):
            low, high = 1e-6, 5.0
            for _ in range(80):
                s = (low + high) / 2
                low, high = (low, s) if rho * (math.exp(s) - 1) > s else (s, high)
            wait = math.log(100 * (1 - rho) / (rho * math.exp(s) - 1)) / s
            self.assertAlmostEqual(theory.md1_p99(rho) / (1 + wait), 1, delta=0.005)

    def test_tandem(self):
        for n, mean, p99 in ((1, 5, 23.026), (2, 10, 33.192), (3, 15, 42.030), (5, 25, 58.023), (10, 50, 93.916)):
            self.check(theory.tandem(n, 0.8), mean, p99, digits=3)

    def test_closed(self):
        for users, x, r in ((1, 0.9091, 0.1), (5, 4.3605, 0.1467), (10, 7.8542, 0.2732), (11, 8.3677, 0.3146),
                            (20, 9.9813, 1.0037), (50, 10.0, 4.0)):
            rate, response, _ = theory.closed(users, 1, 10)
            self.check((rate * 10, response / 10), x, r)

    def test_fork_join(self):
        for n, mean, p99 in ((1, 1, 4.6052), (2, 1.5, 5.2958), (5, 2.2833, 6.2106), (10, 2.9290, 6.9032),
                             (50, 4.4992, 8.5123), (100, 5.1874, 9.2054), (1000, 7.4855, 11.5079)):
            self.check(theory.fork_join(n), mean, p99)

    def test_balancers(self):
        for rho, two, three in ((0.5, 1.2657, 1.1252), (0.9, 2.6141, 2.0279), (0.95, 3.3830, 2.5351)):
            self.check((theory.two_choices(rho), theory.two_choices(rho, 3)), two, three)
        self.check(theory.erlang_arrivals_mm1(1, 0.9), 10)

    def test_retries(self):
        self.check(theory.retry_attempts(0.5, 3), 1.875, 0.0625)
        self.check(theory.retry_attempts(0.9, 3)[0], 3.439)


if __name__ == "__main__":
    unittest.main()
