"""TCP connections through Envoy and through squall-proxy by the same configuration: the same ends, log and counts."""
# labels: real
import socket
import threading
import unittest

from tcp_case import TcpCase
from tcp_lab import Closed, Host, ending, limits, reset

MEBIBYTE = 1 << 20


def ejects(**values):
    return {"outlier_detection": {"max_ejection_percent": 100, **values}, "common_lb_config": {"update_merge_window": "0s"}}


class Tcp(TcpCase):
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

    def test_without_a_limit_all_is_taken(self):
        def scenario(way):
            host = Host(receive_buffer=4096)
            proxy = self.start(way, {}, host, of_cluster={"per_connection_buffer_limit_bytes": 0},
                               listener={"per_connection_buffer_limit_bytes": 0})
            client = proxy.connect()
            at_host = host.accept()
            client.sendall(b"z" * (24 * MEBIBYTE))
            client.shutdown(socket.SHUT_WR)
            paused = proxy.stats()["tcp.t.downstream_flow_control_paused_reading_total"]
            end = ending(at_host)
            at_host.close()
            return paused, end, ending(client)
        self.assertEqual(self.both(scenario)["ended"], (0, (24 * MEBIBYTE, "end"), (0, "end")))

    def test_a_small_connection_gets_on_beside_a_bulk_one(self):
        def scenario(way):
            host = Host()
            proxy = self.start(way, {}, host)
            bulk = proxy.connect()
            at_bulk = host.accept()
            ends, done = [], threading.Event()

            def send():
                while not done.is_set():
                    bulk.sendall(b"z" * MEBIBYTE)
                bulk.close()
            flow = [threading.Thread(target=send), threading.Thread(target=lambda: ends.append(ending(at_bulk)[1]))]
            for thread in flow:
                thread.start()
            proxy.until_stat("tcp.t.downstream_cx_rx_bytes_total", MEBIBYTE)
            small = proxy.connect()
            at_small = host.accept()
            for _ in range(100):
                small.sendall(b"ping")
                at_small.sendall(at_small.recv(9))
                ends.append(small.recv(9))
            small.close()
            at_small.close()
            done.set()
            for thread in flow:
                thread.join()
            at_bulk.close()
            proxy.until_idle()
            self.before = dict(proxy.stats())  # how much has passed is chance
            self.passed = 2
            return ends
        self.assertEqual(self.both(scenario)["ended"], [b"ping"] * 100 + ["end"])

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
