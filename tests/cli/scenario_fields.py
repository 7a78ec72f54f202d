"""The fields of each object of a scenario, as `squall schema scenario` has them."""
import json

from squall import squall


def schema_of(kind):
    done = squall("schema", kind)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Where each object of a scenario stands: what leads to it, and what it needs to be found.
PLACES = {
    "": (), "metadata": ("metadata",), "spec": ("spec",), "mesh": ("spec", "mesh"),
    "mesh sidecar": ("spec", "mesh", "sidecar"), "sidecar memory": ("spec", "mesh", "sidecar", "memory"),
    "network": ("spec", "network"), "connect": ("spec", "network", "connect"), "tls": ("spec", "network", "tls"),
    "handshake": ("spec", "workloads", "a", "handshake"), "edge": ("spec", "faults", 0, "edge"),
    "partition": ("spec", "faults", 0, "partition"), "loss": ("spec", "faults", 0, "loss"),
    "delay": ("spec", "faults", 0, "delay"), "drop_connections": ("spec", "faults", 0, "drop_connections"),
    "zone link": ("spec", "network", "zones", 0),
    "workload": ("spec", "workloads", "a"), "queue": ("spec", "workloads", "a", "queue"),
    "codel": ("spec", "workloads", "a", "queue", "codel"), "contention": ("spec", "workloads", "a", "contention"),
    "rate limit": ("spec", "workloads", "a", "rate_limit"), "sidecar": ("spec", "workloads", "a", "sidecar"),
    "cpu": ("spec", "workloads", "a", "cpu"), "error": ("spec", "workloads", "a", "errors"),
    "call": ("spec", "workloads", "a", "calls", 0), "parallel": ("spec", "workloads", "a", "calls", 0),
    "work": ("spec", "workloads", "a", "calls", 0), "choose": ("spec", "workloads", "a", "calls", 0),
    "cache step": ("spec", "workloads", "a", "calls", 0), "cache": ("spec", "workloads", "a", "calls", 0, "cache"),
    "keys": ("spec", "load", 0, "keys"), "zipf": ("spec", "load", 0, "keys", "zipf"), "flush": ("spec", "faults", 0, "flush"),
    "branch": ("spec", "workloads", "a", "calls", 0, "choose", 0),
    "on_error": ("spec", "workloads", "a", "calls", 0, "on_error"),
    "operation": ("spec", "workloads", "a", "operations", 0),
    "request match": ("spec", "workloads", "a", "operations", 0, "match"),
    "path match": ("spec", "workloads", "a", "operations", 0, "match", "path"),
    "load": ("spec", "load", 0), "step": ("spec", "load", 0, "steps", 0), "mix": ("spec", "load", 0, "mix", 0), "trace": ("spec", "load", 0, "trace"),
    "held connections": ("spec", "load", 0, "connections"), "reconnects": ("spec", "load", 0, "connections", "retry"),
    "reconnect backoff": ("spec", "load", 0, "connections", "retry", "backoff"),
    "fault": ("spec", "faults", 0),
    "client": ("spec", "load", 0, "client"), "client retries": ("spec", "load", 0, "client", "retries"),
    "client backoff": ("spec", "load", 0, "client", "retries", "backoff"),
    **{f"client {name}": ("spec", "load", 0, "client", name) for name in ("breaker", "throttle", "hedge", "connections", "balance")},
    "client budget": ("spec", "load", 0, "client", "retries", "budget"),
    "slow": ("spec", "faults", 0, "slow"), "error fault": ("spec", "faults", 0, "error"),
    "crash": ("spec", "faults", 0, "crash"), "hang": ("spec", "faults", 0, "hang"), "surge": ("spec", "faults", 0, "surge"),
    "cpu fault": ("spec", "faults", 0, "cpu"), "certificate": ("spec", "faults", 0, "certificate"),
    "dns": ("spec", "faults", 0, "dns"), "stale": ("spec", "faults", 0, "dns", "stale"),
    "fail": ("spec", "faults", 0, "dns", "fail"), "expire": ("spec", "faults", 0, "certificate", "expire"), "certificates": ("spec", "mesh", "certificates"),
    "unready": ("spec", "faults", 0, "unready"), "push": ("spec", "mesh", "push"),
    "start": ("spec", "workloads", "a", "start"), "backoff": ("spec", "workloads", "a", "start", "backoff"),
    "warm": ("spec", "workloads", "a", "start", "warm"), "change": ("spec", "changes", 0),
    "restart": ("spec", "changes", 0, "restart"), "reach": ("spec", "changes", 0, "reach"), "expectation": ("spec", "expect", 0),
    **{kind: ("spec", "workloads", "a", "latency", kind) for kind in
       ("constant", "exponential", "lognormal", "uniform", "normal", "gamma", "weibull", "pareto", "empirical")},
    "hyperexponential": ("spec", "workloads", "a", "latency", "hyperexponential", 0),
    "mixture": ("spec", "workloads", "a", "latency", "mixture", 0)}
EXTRA = {"parallel": {"parallel": []}, "work": {"work": "1ms"}, "choose": {"choose": []}, "cache step": {"cache": {}}, "call": {"to": "http://a/"}}


def document_with(place, fields):
    """A scenario that has an object with those fields at the place."""
    node = fields
    for key in reversed(place):
        node = [node] if isinstance(key, int) else {key: node}
    node.setdefault("apiVersion", "squall.dev/v1")
    node.setdefault("kind", "Scenario")
    node.setdefault("spec", {})
    return node


def properties_at(schema, place, fields):
    """The names that the schema allows for the object there."""
    def resolve(node):
        while "$ref" in node:
            node = schema["definitions"][node["$ref"].rsplit("/", 1)[1]]
        return node

    def alternatives(node):
        node = resolve(node)
        yield node
        for key in ("anyOf", "oneOf", "allOf"):
            for part in node.get(key, []):
                yield from alternatives(part)

    nodes = [schema]
    for key in place:
        inner = []
        for node in (n for outer in nodes for n in alternatives(outer)):
            if isinstance(key, int):
                inner += [node["items"]] if "items" in node else []
            elif key in node.get("properties", {}):
                inner.append(node["properties"][key])
            elif isinstance(node.get("additionalProperties"), dict):
                inner.append(node["additionalProperties"])
        nodes = inner
    objects = [n for outer in nodes for n in alternatives(outer) if n.get("type") == "object" and "properties" in n
               or n.get("type") == "object" and n.get("additionalProperties") is False]
    wanted = [n for n in objects if set(fields) <= set(n.get("properties", {}))]
    return set().union(*(n.get("properties", {}) for n in wanted))
