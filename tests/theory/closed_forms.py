"""Queueing theory's answers, from their formulas. Times are in units of the mean service time (mu = 1).

Sources: Kleinrock, Queueing Systems I (1975): M/M/c, M/M/1/K, M/G/1, Jackson's tandem; Harchol-Balter, Performance
Modeling and Design of Computer Systems (2013), ch. 22 and 30: processor sharing; Erlang's M/D/1 (Iversen, Teletraffic
Engineering, ch. 10); Cox & Smith for GI/M/1.
"""
import math


def quantile(survival, q):
    """The t with P(T > t) = 1 - q, by bisection; the median of nothing below 0."""
    low, high = 0.0, 1.0
    while survival(high) > 1 - q:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if survival(middle) > 1 - q else (low, middle)
    return high


def erlang_tail(n, rate, t):
    """P(a sum of n exponentials of that rate > t)."""
    term, total = 1.0, 1.0
    for k in range(1, n):
        term *= rate * t / k
        total += term
    return math.exp(-rate * t) * total


def erlang_b(c, a):
    b = 1.0
    for k in range(1, c + 1):
        b = a * b / (k + a * b)
    return b


def erlang_c(c, rho):
    b = erlang_b(c, c * rho)
    return b / (1 - rho * (1 - b))


def mmc(c, rho, q=0.99):
    """(mean, p99 or another quantile) of the time in an M/M/c."""
    wait, theta = erlang_c(c, rho), c * (1 - rho)
    if c == 1:
        return 1 / theta, -math.log(1 - q) / theta

    def survival(t):
        own = math.exp(-t)
        both = (1 + t) * own if theta == 1 else (theta * own - math.exp(-theta * t)) / (theta - 1)
        return (1 - wait) * own + wait * both

    return 1 + wait / theta, quantile(survival, q)


def mmc_wait(c, rho):
    """Mean time in the queue of an M/M/c."""
    return erlang_c(c, rho) / (c * (1 - rho))


def mm1k(lam, k):
    """(share refused, mean and p99 of those let in) of an M/M/1/K."""
    weights = [lam ** n for n in range(k + 1)]
    p = [w / sum(weights) for w in weights]
    met = [share / (1 - p[k]) for share in p[:k]]  # by who is let in
    mean = sum(share * (n + 1) for n, share in enumerate(met))
    return p[k], mean, quantile(lambda t: sum(s * erlang_tail(n + 1, 1, t) for n, s in enumerate(met)), 0.99)


def mg1(rho, scv):
    """Mean time in an M/G/1 (Pollaczek and Khinchine); scv: the squared coefficient of variation of the work."""
    return 1 + rho * (1 + scv) / (2 * (1 - rho))


def md1_p99(rho):
    """Of the time in an M/D/1, by Erlang's sum for the wait."""
    def waits_at_most(t):
        return (1 - rho) * sum(math.exp(-rho * (k - t)) * (rho * (k - t)) ** k / math.factorial(k)
                               for k in range(int(t) + 1))
    return 1 + quantile(lambda t: 1 - waits_at_most(t), 0.99)


def mg1_ps(rho, work=1.0):
    """Mean time under processor sharing of those with that work, whatever the distribution."""
    return work / (1 - rho)


def tandem(n, rho):
    """(mean, p99) through n M/M/1 in a row: Erlang(n)."""
    return n / (1 - rho), quantile(lambda t: erlang_tail(n, 1 - rho, t), 0.99)


def closed(users, servers, think):
    """(throughput, mean and p99 response) of a closed M/M/c//N by birth and death."""
    def weights(n):
        w = [1.0]
        for k in range(n):
            w.append(w[-1] * (n - k) / think / min(k + 1, servers))
        return [x / sum(w) for x in w]

    throughput = sum(p * min(n, servers) for n, p in enumerate(weights(users)))
    seen = weights(users - 1)  # an arrival sees the system without itself
    assert servers == 1
    p99 = quantile(lambda t: sum(p * erlang_tail(n + 1, 1, t) for n, p in enumerate(seen)), 0.99)
    return throughput, users / throughput - think, p99


def fork_join(n):
    """(mean, p99) of the slowest of n exponentials."""
    return sum(1 / k for k in range(1, n + 1)), -math.log1p(-0.99 ** (1 / n))


def erlang_arrivals_mm1(stages, rho):
    """Mean time in an E_k/M/1: what each of k servers is behind a strict round robin of Poisson arrivals."""
    sigma = rho
    for _ in range(10_000):
        sigma = (stages * rho / (stages * rho + 1 - sigma)) ** stages
    return 1 / (1 - sigma)


def retry_attempts(p, retries):
    """(attempts a request, share that fails in the end) when each attempt fails with probability p."""
    return sum(p ** k for k in range(retries + 1)), p ** (retries + 1)


def two_choices(rho, choices=2):
    """Mean time with the least loaded of some servers drawn at random, of infinitely many (Mitzenmacher 1996)."""
    return sum(rho ** ((choices ** i - choices) / (choices - 1)) for i in range(1, 60 // choices) if choices ** i < 1e6)
