"""Random meshes below saturation: `squall graph --run` says what the solver and a run of the simulator find.

A mesh has a client and four to eight workloads that call those after them: one after the other or at once, with
probabilities, several times, some with `on_error`. They fail at times, routes retry, and one Service is split by
weights. Every flow must be within 1 % of the solver's. A run is so long that the rarest flow that is held has some
200,000 requests, four standard errors and more of which are 1 %; rarer ones are left out, and there must be few.
"""
import concurrent.futures
import itertools
import json
import os
import pathlib
import random
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SQUALL = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin" / "squall"
BOUND = 0.01
LEAST_REQUESTS = 200_000
RATE = 1000  # of the load
SECONDS = 600


def call(draw, names, own):
    """A call to a workload after `own`; most are made, so that no flow gets rare."""
    text = f"to: 'http://{draw.choice(names[own + 1:])}/'"
    if draw.random() < 0.3:
        text += f", probability: {draw.choice((70, 80, 90))}%"
    if draw.random() < 0.2:
        text += ", times: 2"
    if draw.random() < 0.3:
        text += f", on_error: {draw.choice(('ignore', '{status: 503}', '{status: 404}'))}"
    return "{" + text + "}"


def steps(draw, names, own):
    if own == len(names) - 1:
        return []
    made = [call(draw, names, own) for _ in range(draw.choice((1, 1, 2)))]
    if draw.random() < 0.3:
        made.append("{parallel: [" + ", ".join(call(draw, names, own) for _ in range(2)) + "]}")
    return made


def workload(draw, names, own):
    fields = [f"replicas: {draw.randint(1, 3)}", f"latency: {{exponential: {draw.randint(1, 5)}ms}}",
              draw.choice(("concurrency: 400", "cpu: {cores: 64}"))]
    if draw.random() < 0.6:
        fields.append(f"errors: {{ratio: {draw.randint(1, 20)}%, status: {draw.choice((500, 503))}}}")
    return f"    {names[own]}: {{{', '.join(fields)}, calls: [{', '.join(steps(draw, names, own))}]}}\n"


def routes(draw, names):
    """Retries for some, and a split for one that has another after it."""
    text = ""
    split = draw.randrange(1, len(names) - 1)
    for own, name in enumerate(names):
        to = f"{{destination: {{host: {name}}}}}"
        if own == split:
            share = draw.choice((30, 40, 50))
            to = (f"{{destination: {{host: {name}}}, weight: {100 - share}}}, "
                  f"{{destination: {{host: {names[-1]}}}, weight: {share}}}")
        elif draw.random() < 0.5:
            continue
        attempts = draw.randint(0, 3)
        conditions = draw.choice(("5xx", "gateway-error"))
        retries = f"{{attempts: {attempts}, retryOn: {conditions}}}" if attempts else "{attempts: 0}"
        text += ("---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                 f"metadata: {{name: {name}}}\nspec: {{hosts: [{name}], http: [{{retries: {retries}, route: [{to}]}}]}}\n")
    return text


def mesh(seed, seconds=SECONDS):
    """The text of a scenario."""
    draw = random.Random(seed)
    names = [f"w{i}" for i in range(draw.randint(4, 8))]
    text = (f"apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  seed: {seed}\n  warmup: 5s\n"
            f"  duration: {seconds + 5}s\n  workloads:\n    client: {{}}\n")
    text += "".join(workload(draw, names, own) for own in range(len(names)))
    text += f"  load: [{{name: load, from: client, to: 'http://w0/', rate: {RATE}/s, arrivals: constant}}]\n"
    return text + routes(draw, names)


def graph(text, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "mesh.yaml"
        path.write_text(text)
        done = subprocess.run([str(SQUALL), "graph", str(path), "--format", "json", *arguments], capture_output=True,
                              text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def flows(found):
    """(what, solved, counted) a second, of workloads and of what sidecars send."""
    for one in found["workloads"]:
        yield one["name"], one["rate_per_s"], one["run"]["rate_per_s"]
    for one in found["edges"]:
        if "run" not in one:
            continue
        what = f"{one['source']} -> {one['destination']} by {one['service']}"
        yield what, one["rate_per_s"], one["run"]["rate_per_s"]
        yield what + ", attempts", one["attempts_per_s"], one["run"]["attempts_per_s"]


def below_saturation(count):
    """The seeds of the first so many meshes that are."""
    seeds = itertools.count(1)
    is_below = (seed for seed in seeds if graph(mesh(seed))["bottleneck"]["saturates_at"] > 1.5)
    return list(itertools.islice(is_below, count))


def check(test, seeds):
    """Runs as many at once as there are processors."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda seed: graph(mesh(seed), "--run"), seeds))
    held = rare = 0
    for seed, one in zip(seeds, found):
        for what, expected, counted in flows(one):
            if expected * SECONDS < LEAST_REQUESTS:
                rare += expected > 0
                continue
            held += 1
            with test.subTest(mesh=seed, flow=what):
                test.assertLessEqual(abs(counted / expected - 1), BOUND,
                                     f"{counted:.6g}/s instead of {expected:.6g}/s")
    test.assertLess(rare, 0.05 * held)
