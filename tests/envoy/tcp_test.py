"""TCP connections through Envoy and through squall-proxy by the same configuration: the same ends, log and counts."""
# labels: real
import json
import re
import socket
import threading
import unittest

from tcp_lab import BIN, ENVOY, Closed, Host, Proxy, cluster, ending, reset

STATS = re.compile(
    r"tcp\.t\.(downstream_cx_(total|no_route|[rt]x_bytes_total)|idle_timeout|max_downstream_connection_duration|upstream_flush_\w+)$"
    r"|cluster\.a\.(upstream_cx_(total|active|overflow|none_healthy|connect_fail|connect_timeout|connect_attempts_exceeded|destroy"
    r"|max_requests)|upstream_rq_(total|active|pending_\w+|cancelled)"
    r"|outlier_detection\.ejections_(active|overflow|(detected|enforced)_\w+))$")
MEBIBYTE = 1 << 20


def limits(**values):
    return {"circuit_breakers": {"thresholds": [values]}}


def ejects(**values):
    return {"outlier_detection": {"max_ejection_percent": 100, **values}, "common_lb_config": {"update_merge_window": "0s"}}


@unittest.skipUnless(ENVOY.exists(), "there is no Envoy: see tests/envoy/requirements.txt")
@unittest.skipUnless((BIN / "squall-proxy").exists(), "there is no squall-proxy")
class Tcp(unittest.TestCase):
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

    def start(self, way, proxy, *hosts, of_cluster=None, **more):
        self.hosts = hosts  # for as long as the proxy runs
        for number, host in enumerate(hosts):
            self.ports[host.port] = f"host {number}"
        clusters = [cluster("a", *(host.port for host in hosts), **(of_cluster or {}))]
        self.proxy = Proxy(way, {"cluster": "a", **proxy}, clusters, **more)
        self.addCleanup(self.proxy.close)
        return self.proxy

    def test_the_client_ends_first(self):
        def scenario(way):
            host = Host()
            client = self.start(way, {}, host).connect()
            client.sendall(b"hello")
            at_host = host.accept()
            told = [at_host.recv(99)]
            client.shutdown(socket.SHUT_WR)
            told.append(at_host.recv(99))
            at_host.sendall(b"and more")
            at_host.close()
            return told, ending(client)
        found = self.both(scenario)
        self.assertEqual(found["ended"], ([b"hello", b""], (8, "end")))
        self.assertEqual([line["flags"] for line in found["log"]], ["-"])

    def test_the_host_ends_first(self):
        def scenario(way):
            host = Host()
            client = self.start(way, {}, host).connect()
            at_host = host.accept()
            at_host.shutdown(socket.SHUT_WR)
            told = [client.recv(99)]
            client.sendall(b"0123456789")
            told.append(at_host.recv(99))
            client.close()
            return told, ending(at_host)
        self.both(scenario)

    def test_resets_pass_through(self):
        for who in ("client", "host"):
            def scenario(way, who=who):
                host = Host()
                client = self.start(way, {}, host).connect()
                client.sendall(b"q")
                at_host = host.accept()
                at_host.recv(1)
                reset(client if who == "client" else at_host)
                return ending(at_host if who == "client" else client)
            with self.subTest(who):
                self.assertEqual(self.both(scenario)["ended"], (0, "reset"))

    def test_refused(self):
        for attempts in (1, 3):
            def scenario(way, attempts=attempts):
                return ending(self.start(way, {"max_connect_attempts": attempts}, Closed()).connect())
            with self.subTest(attempts):
                self.assertEqual([line["flags"] for line in self.both(scenario)["log"]], ["UF,URX"])

    def test_an_attempt_at_another_host(self):
        def scenario(way):
            closed, host = Closed(), Host()
            proxy = self.start(way, {"max_connect_attempts": 3}, closed, host)
            self.ports = {closed.port: "closed", host.port: "open"}
            for number in range(4):
                if number == 1:
                    self.begin_after(1)
                client = proxy.connect()
                client.sendall(b"abc")
                at_host = host.accept()
                at_host.recv(3)
                client.close()
                at_host.close()
            proxy.until_idle()
        self.both(scenario)

    def test_backoff(self):
        def scenario(way):
            backoff = {"max_connect_attempts": 3, "backoff_options": {"base_interval": "0.02s"}}
            return ending(self.start(way, backoff, Closed()).connect())
        self.both(scenario)

    def test_timeout_of_two(self):
        def scenario(way):
            host = Host(full=True)
            proxy = self.start(way, {}, host)
            first = proxy.connect()
            proxy.until_stat("cluster.a.upstream_rq_pending_active", 1)
            second = proxy.connect()
            return ending(first), ending(second)
        self.both(scenario)

    def test_attempts_after_a_timeout(self):
        def scenario(way):
            proxy = self.start(way, {"max_connect_attempts": 2}, Host(full=True), of_cluster=limits(max_pending_requests=1))
            first = proxy.connect()
            proxy.until_stat("cluster.a.upstream_rq_pending_active", 1)
            return ending(proxy.connect()), ending(first)
        self.both(scenario)

    def test_nobody_there(self):
        def no_cluster(way):
            return ending(self.start(way, {"cluster": "other"}, Host()).connect())

        def no_host(way):
            return ending(self.start(way, {}).connect())
        for scenario, flags in ((no_cluster, "NC"), (no_host, "UH")):
            with self.subTest(flags):
                self.assertEqual([line["flags"] for line in self.both(scenario)["log"]], [flags])

    def test_max_connections_is_hard(self):
        def scenario(way):
            hosts = Host(), Host()
            proxy = self.start(way, {}, *hosts, of_cluster=limits(max_connections=1))
            self.ports = {host.port: "a host" for host in hosts}
            first = proxy.connect()
            proxy.until_stat("cluster.a.upstream_rq_active", 1)
            second = ending(proxy.connect())
            reset(first)
            return second
        self.assertEqual({line["flags"] for line in self.both(scenario)["log"]}, {"UO", "-"})

    def test_no_room_to_wait(self):
        def scenario(way):
            proxy = self.start(way, {"max_connect_attempts": 3}, Host(), of_cluster=limits(max_pending_requests=0))
            return ending(proxy.connect())
        self.assertEqual([line["flags"] for line in self.both(scenario)["log"]], ["URX"])

    def test_max_requests_does_not_count(self):
        def scenario(way):
            host = Host()
            client = self.start(way, {}, host, of_cluster=limits(max_requests=0)).connect()
            client.sendall(b"q")
            told = host.accept().recv(9)
            reset(client)
            return told
        self.both(scenario)

    def test_a_hosts_limit_makes_wait(self):
        def scenario(way):
            host = Host()
            of_cluster = {"circuit_breakers": {"per_host_thresholds": [{"max_connections": 1}]}}
            proxy = self.start(way, {}, host, of_cluster=of_cluster)
            first = proxy.connect()
            at_host = host.accept()
            proxy.until_stat("cluster.a.upstream_rq_active", 1)
            second = proxy.connect()
            proxy.until_stat("cluster.a.upstream_cx_overflow", 1)
            reset(first)
            ends = [ending(at_host)]
            at_host = host.accept()
            at_host.sendall(b"your turn")
            ends.append(second.recv(99))
            reset(second)
            return ends
        self.both(scenario)

    def test_limits_of_time(self):
        for limit in ("idle_timeout", "max_downstream_connection_duration"):
            for full in (False, True):
                def scenario(way, limit=limit, full=full):
                    host = Host(full)
                    client = self.start(way, {limit: "0.15s"}, host).connect()
                    if full:
                        return ending(client)
                    client.sendall(b"q")
                    at_host = host.accept()
                    at_host.recv(1)
                    return ending(client), ending(at_host)
                with self.subTest(limit, full=full):
                    self.both(scenario)

    def test_ejections(self):
        split = {"split_external_local_origin_errors": True, "consecutive_local_origin_failure": 2,
                 "enforcing_consecutive_local_origin_failure": 100}
        for detector in ({"consecutive_5xx": 2, "enforcing_consecutive_5xx": 100}, split):
            def scenario(way, detector=detector):
                proxy = self.start(way, {}, Closed(), of_cluster=ejects(**detector))
                return [ending(proxy.connect()) for _ in range(4)]
            with self.subTest(detector):
                self.both(scenario)

    def test_what_an_ejection_does_to_connections(self):
        for closes in (False, True):
            def scenario(way, closes=closes):
                host = Host()
                proxy = self.start(way, {}, host, of_cluster={"close_connections_on_host_health_failure": closes,
                                                              **ejects(consecutive_5xx=2, enforcing_consecutive_5xx=100)})
                client = proxy.connect()
                client.sendall(b"q")
                at_host = host.accept()
                at_host.recv(1)
                host.close()
                ends = [ending(proxy.connect()), ending(proxy.connect())]
                proxy.until_stat("cluster.a.outlier_detection.ejections_active", 1)
                if closes:
                    return ends, ending(client), ending(at_host)
                client.sendall(b"still")
                told = at_host.recv(9)
                reset(client)
                return ends, told
            with self.subTest(closes=closes):
                self.both(scenario)

    def test_a_slow_client_gets_all(self):
        def scenario(way):
            host = Host()
            proxy = self.start(way, {}, host, listener={"per_connection_buffer_limit_bytes": 65536})
            client = proxy.connect(receive_buffer=4096)
            at_host = host.accept()
            sender = threading.Thread(target=lambda: (at_host.sendall(b"z" * (6 * MEBIBYTE)), at_host.close()))
            sender.start()
            proxy.until_stat("cluster.a.upstream_cx_total", 1)
            end = ending(client)
            sender.join()
            client.close()
            return end
        self.assertEqual(self.both(scenario)["ended"], (6 * MEBIBYTE, "end"))

    def test_a_slow_host_gets_all(self):
        def scenario(way):
            host = Host(receive_buffer=4096)
            proxy = self.start(way, {}, host, of_cluster={"per_connection_buffer_limit_bytes": 65536})
            client = proxy.connect()
            at_host = host.accept()
            sender = threading.Thread(target=lambda: (client.sendall(b"z" * (6 * MEBIBYTE)), client.shutdown(socket.SHUT_WR)))
            sender.start()
            proxy.until_stat("tcp.t.downstream_flow_control_paused_reading_total", 1)
            end = ending(at_host)
            sender.join()
            at_host.close()
            return end, ending(client)
        self.both(scenario)

    def test_a_client_that_has_left_is_logged_before_its_host_has_all(self):
        def scenario(way):
            host = Host(receive_buffer=4096)
            proxy = self.start(way, {}, host, of_cluster={"per_connection_buffer_limit_bytes": 16 * MEBIBYTE})
            client = proxy.connect()
            at_host = host.accept()
            at_host.shutdown(socket.SHUT_WR)
            told = client.recv(1)
            client.sendall(b"z" * (6 * MEBIBYTE))
            client.close()
            proxy.until_stat("tcp.t.upstream_flush_active", 1)
            return told, ending(at_host)
        found = self.both(scenario)
        self.assertEqual(found["ended"], (b"", (6 * MEBIBYTE, "end")))
        self.assertEqual(found["stats"]["tcp.t.upstream_flush_total"], 1)

    def test_the_default_line_of_the_log(self):
        def scenario(way):
            host = Host()
            client = self.start(way, {}, host, log_format={}).connect()
            client.sendall(b"hello")
            at_host = host.accept()
            told = at_host.recv(99)
            reset(client)
            return told
        found = self.both(scenario)
        self.assertEqual(found["log"], ['[TIME] "- - -" 0 - 5 0 DURATION - "-" "-" "-" "-" "ADDRESS"'])


if __name__ == "__main__":
    unittest.main()
