"""Queues whose figures have a closed form: what is run for how long, and what theory wants. One unit is 10 ms.

Lengths are such that three standard errors of a mean are below 1 %: about 12 / ((1 - rho)^2 0.01^2) units for an
M/M/1, since the relative variance of its time average is 2 (1 + rho) / (rho (1 - rho)^2 t) (Whitt 1989), more for
work that varies more. What an M/M/1/K refuses is a count of arrivals in one state of a birth-death chain; from the
chain's deviation matrix three standard errors are 0.86 % of it at lambda 0.9 and K = 20, and 0.76 % at K = 10: their
runs cannot be shorter.
"""
import closed_forms as theory
from runs import Row, Want

UNIT = 0.01
MEAN, P99 = 0.01, 0.02  # relative


def times(mean, p99=None, unit=UNIT, of=""):
    wants = [Want(f"{of}mean", mean * unit, MEAN)]
    return (*wants, Want(f"{of}p99", p99 * unit, P99)) if p99 else tuple(wants)


def mmc(c, rho, seconds):
    return Row(f"mm{c}_rho_{rho}", "mmc", (f"c={c}", f"rho={rho}"), seconds, times(*theory.mmc(c, rho)))


def mmc_at_length(c, rho, seconds):
    """Also what needs longer runs: the time in the queue by itself, and a tail of one in a thousand of an M/M/1."""
    short = mmc(c, rho, seconds)
    wants = (*short.wants, Want("wait", theory.mmc_wait(c, rho) * UNIT, MEAN))
    if c == 1:
        wants += (Want("p999", theory.mmc(c, rho, 0.999)[1] * UNIT, P99),)
    return Row(f"{short.name}_at_length", short.scenario, short.sets, seconds, wants)


def mm1k(lam, k, seconds):
    refused, mean, p99 = theory.mm1k(lam, k)
    wants = (Want("failed", refused, MEAN), *times(mean, p99, of="served "))
    return Row(f"mm1k_lambda_{lam}_k_{k}", "mm1k", (f"lambda={lam}", f"K={k}"), seconds, wants)


WORK = {  # name: (squared coefficient of variation, the distribution of mean 10 ms)
    "constant": (0, "{constant: 10ms}"),
    "erlang2": (0.5, "{gamma: {mean: 10ms, shape: 2}}"),
    "exponential": (1, "{exponential: {mean: 10ms}}"),
    "hyperexponential": (4, "{hyperexponential: [{weight: 0.887298335, mean: 5.635083ms}, "
                            "{weight: 0.112701665, mean: 44.364917ms}]}"),
    "lognormal_2": (2, "{lognormal: {mean: 10ms, sigma: 1.048147}}"),
    "lognormal_10": (10, "{lognormal: {mean: 10ms, sigma: 1.548514}}"),
}


def mg1(work, seconds, rho=0.8):
    scv, distribution = WORK[work]
    p99 = theory.md1_p99(rho) if work == "constant" else None
    return Row(f"mg1_{work}", "mg1", (f"rho={rho}", f"spec.workloads.server.latency={distribution}"), seconds,
               times(theory.mg1(rho, scv), p99))


def mg1_ps(work, seconds, rho=0.8):
    return Row(f"mg1_ps_{work}", "mg1-ps", (f"rho={rho}", f"spec.workloads.server.latency={WORK[work][1]}"), seconds,
               times(theory.mg1_ps(rho)))


def tandem(n, seconds, rho=0.8):
    return Row(f"tandem_{n}", "tandem", (f"rho={rho}", f"first=s{11 - n}"), seconds, times(*theory.tandem(n, rho)))


def closed(users, seconds):
    """Z is 1 s and the work 100 ms: ten units."""
    rate, mean, p99 = theory.closed(users, 1, 10)
    return Row(f"closed_{users}_users", "closed", (f"N={users}",), seconds,
               (Want("rate", rate * 10, MEAN), *times(mean, p99, unit=0.1)))


def fork_join(n, seconds):
    return Row(f"fork_join_{n}", "fork-join", (f"n={n}",), seconds, times(*theory.fork_join(n)), warmup=1)


PS_BY_WORK = Row("mg1_ps_by_work", "mg1-ps-by-work", (), 20000,
                 (Want("mean", theory.mg1_ps(0.8) * UNIT, MEAN),
                  Want("second load's mean", theory.mg1_ps(0.8, 0.1) * UNIT, MEAN),
                  Want("third load's mean", theory.mg1_ps(0.8, 10) * UNIT, MEAN)))

# Up to rho 0.9. Each list is a test of its own: they run side by side.
QUEUES = [
    mmc(1, 0.5, 2000), mmc(1, 0.8, 7000), mmc(1, 0.9, 33000), mmc(2, 0.8, 4000), mmc(4, 0.9, 5000),
]
LOSSES = [
    mm1k(0.9, 5, 2000), mm1k(0.9, 10, 12000), mm1k(0.9, 20, 60000),
    mm1k(1.5, 5, 900), mm1k(1.5, 20, 900), mm1k(1.5, 100, 900),
]
KINDS_OF_WORK = [
    mg1("constant", 4000), mg1("erlang2", 5500), mg1("lognormal_2", 20000), mg1("hyperexponential", 27000),
]
SHARING = [
    mg1_ps("constant", 3500), mg1_ps("exponential", 6500), mg1_ps("lognormal_2", 6500), PS_BY_WORK,
]
NETWORKS = [
    tandem(1, 7000), tandem(2, 7000), tandem(5, 5000),
    closed(1, 10000), closed(5, 7000), closed(10, 9000), closed(11, 9000), closed(20, 6000), closed(50, 3000),
    fork_join(1, 60), fork_join(2, 60), fork_join(5, 20), fork_join(10, 20), fork_join(50, 10), fork_join(100, 5),
]

# What takes minutes.
LONG = [
    mmc_at_length(1, 0.8, 40000), mmc_at_length(2, 0.8, 12000), mmc_at_length(4, 0.9, 9000),
    mmc(1, 0.95, 150000), mmc(10, 0.95, 10000), mmc(32, 0.9, 500), mmc(100, 0.95, 500),
    mg1("lognormal_10", 900000), mg1_ps("lognormal_10", 40000),
    tandem(3, 6000), tandem(10, 6000),
    fork_join(1000, 5),
]
