"""A scenario of TCP that Envoy and squall-proxy are run by: what comes of it, and what they log and count then, is the same."""
import json
import re
import unittest

from tcp_lab import BIN, ENVOY, Proxy, cluster

STATS = re.compile(
    r"tcp\.t\.(downstream_cx_(total|no_route|[rt]x_bytes_total)|idle_timeout|max_downstream_connection_duration|upstream_flush_\w+)$"
    r"|cluster\.a\.(upstream_cx_(total|active|overflow|none_healthy|connect_fail|connect_timeout|connect_attempts_exceeded|destroy"
    r"|max_requests)|upstream_rq_(total|active|pending_\w+|cancelled)"
    r"|outlier_detection\.ejections_(active|overflow|(detected|enforced)_\w+))$")


@unittest.skipUnless(ENVOY.exists(), "there is no Envoy: see tests/envoy/requirements.txt")
@unittest.skipUnless((BIN / "squall-proxy").exists(), "there is no squall-proxy")
class TcpCase(unittest.TestCase):
    maxDiff = None

    def both(self, scenario):
        """What a scenario tells of one way, and what the log and the page say then, is the same of the other."""
        found = {}
        for way in ("envoy", "squall"):
            self.ports, self.before, self.passed = {}, {}, 0
            ended = scenario(way)
            self.proxy.until_idle()
            counts = {name: value - self.before.get(name, 0) for name, value in self.proxy.stats().items() if STATS.match(name)}
            stats = {name: value for name, value in counts.items() if value}
            # Those of one instant are written in any order.
            lines = sorted((self.named(line) for line in self.proxy.stop()[self.passed:]), key=lambda line: json.dumps(line, sort_keys=True))
            found[way] = {"ended": ended, "log": lines, "stats": stats}
        self.assertEqual(self.proxy.replay(), "")
        self.assertEqual(found["squall"], found["envoy"])
        return found["squall"]

    def begin_after(self, connections):
        """Where a balancer starts is chance; it is not any more after the first that reached a host."""
        self.proxy.until_idle()
        self.before, self.passed = self.proxy.stats(), connections

    def named(self, line):
        """Ports are another run's; the order of keys is nobody's."""
        if isinstance(line, str):
            line = re.sub(r"^\[[^]]*\]", "[TIME]", line)
            line = re.sub(r'^(\[TIME\] "- - -" 0 \S+ \d+ \d+) \d+', r"\1 DURATION", line)
            return re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", line)
        line = dict(line, peer=re.sub(r":\d+$", "", line["peer"]))
        if line["host"] is not None:
            line["host"] = self.ports[int(line["host"].rsplit(":", 1)[1])]
        return line

    def start(self, way, proxy, *hosts, of_cluster=None, others=(), **more):
        self.hosts = hosts  # for as long as the proxy runs
        for number, host in enumerate(hosts):
            self.ports[host.port] = f"host {number}"
        clusters = [cluster("a", *(host.port for host in hosts), **(of_cluster or {})), *others]
        to = {} if "weighted_clusters" in proxy else {"cluster": "a"}
        self.proxy = Proxy(way, {**to, **proxy}, clusters, **more)
        self.addCleanup(self.proxy.close)
        return self.proxy
