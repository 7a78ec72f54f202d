"""`squall replay` of a squall-proxy's log: the first request that another bootstrap treats otherwise is told so that it
can be found in the access log."""
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin"
BOOTSTRAP = """\
static_resources:
  listeners:
    - name: main
      address: {socket_address: {address: 127.0.0.1, port_value: 0}}
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: test
                access_log:
                  - name: file
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                      path: ACCESS_LOG
                      log_format: {text_format_source: {inline_string: "%REQ(X-REQUEST-ID)% %START_TIME%\\n"}}
                http_filters:
                  - {name: router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - {match: {prefix: /here}, direct_response: {status: 200}}
                        - {match: {prefix: /}, route: {cluster: payment}}
  clusters:
    - name: payment
      load_assignment:
        cluster_name: payment
        endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: PORT}}}}]}]
"""


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        closed = socket.socket()  # bound and not listening: nobody can be connected to it
        self.addCleanup(closed.close)
        closed.bind(("127.0.0.1", 0))
        self.host = closed.getsockname()[1]
        self.text = BOOTSTRAP.replace("PORT", str(self.host)).replace("ACCESS_LOG", str(self.folder / "access.log"))
        (self.folder / "bootstrap.yaml").write_text(self.text)

    def serve(self):
        command = [str(BIN / "squall-proxy"), "-c", "bootstrap.yaml", "--decision-log", "decisions.log"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=self.folder) as process:
            port = int(process.stderr.readline().rsplit(":", 1)[1])
            for path, status in (("/here", 200), ("/pay?n=1", 503)):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", path, headers={"host": "shop.example", "x-request-id": f"id-of{path[:4]}"})
                self.assertEqual(connection.getresponse().status, status)
                connection.close()
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0)

    def replay(self, *arguments):
        return subprocess.run([str(BIN / "squall"), "replay", "decisions.log", *arguments], capture_output=True,
                              text=True, check=False, timeout=60, cwd=self.folder)

    def test_the_request_is_told_by_what_an_access_log_has_of_it(self):
        self.serve()
        self.assertIn(": identical", self.replay().stdout)
        retries = "route: {cluster: payment, retry_policy: {retry_on: connect-failure, num_retries: 1}}"
        (self.folder / "other.yaml").write_text(self.text.replace("route: {cluster: payment}", retries))
        done = self.replay("--config", "other.yaml")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        self.assertRegex(done.stdout, rf"\n  time:     {time}\n  request:  GET shop\.example/pay\?n=1, "
                         rf"x-request-id id-of/pay, from 127\.0\.0\.1:\d+, received {time}\n"
                         rf"  upstream: cluster payment, host 127\.0\.0\.1:{self.host}\n  logged:   .*\n  now:      .*\n$")
        logged = (self.folder / "access.log").read_text().splitlines()[1].split()
        self.assertIn(f"id {logged[0]}, ", done.stdout)
        self.assertIn(f"received {logged[1]}\n", done.stdout)

    def test_a_request_that_finds_no_listener_is_told_too(self):
        self.serve()
        (self.folder / "other.yaml").write_text("static_resources: {}\n")
        done = self.replay("--config", "other.yaml")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("now:      no such listener", done.stdout)


if __name__ == "__main__":
    unittest.main()
