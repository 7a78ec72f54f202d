"""Attempts to connect that fail, by Envoy and by squall-proxy: the same ends, log and counts."""
# labels: real
import unittest

from tcp_case import TcpCase
from tcp_lab import Closed, Host, Nowhere, cluster, ending, limits


class TcpAttempts(TcpCase):
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

    def test_each_attempt_chooses_its_cluster_anew(self):
        clusters = {"clusters": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]}
        self.ports = {}
        for way in ("envoy", "squall"):
            closed, host = Closed(), Host()
            proxy = self.start(way, {"max_connect_attempts": 40, "weighted_clusters": clusters}, closed, others=[cluster("b", host.port)])
            for _ in range(20):
                client = proxy.connect()
                at_host = host.accept()
                at_host.sendall(b"here")
                at_host.close()
                self.assertEqual(ending(client), (4, "end"), way)
                client.close()
            proxy.until_stat("cluster.b.upstream_cx_destroy", 20)
            failed = proxy.stats()["cluster.a.upstream_cx_connect_fail"]
            lines = proxy.stop()
            self.assertEqual({(line["cluster"], line["flags"]) for line in lines}, {("b", "-"), ("b", "UF")}, way)
            self.assertEqual(sum(line["attempts"] for line in lines), 20 + failed, way)
            self.assertGreater(failed, 0, way)

    def test_no_way_to_the_host(self):
        def scenario(way):
            return ending(self.start(way, {"max_connect_attempts": 2}, Nowhere(), of_cluster={"at": Nowhere.address}).connect())
        line, = self.both(scenario)["log"]
        self.assertRegex(line["failure"], r"^immediate_connect_error:_\w+\|remote_address:255\.255\.255\.255:80$")

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

    def test_no_room_to_wait(self):
        def scenario(way):
            proxy = self.start(way, {"max_connect_attempts": 3}, Host(), of_cluster=limits(max_pending_requests=0))
            return ending(proxy.connect())
        self.assertEqual([line["flags"] for line in self.both(scenario)["log"]], ["URX"])


if __name__ == "__main__":
    unittest.main()
