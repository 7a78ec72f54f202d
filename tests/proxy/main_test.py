"""squall-proxy's command line: what it says and how it ends."""
import http.client
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROXY = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")) / "bin" / "squall-proxy"
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
                http_filters:
                  - {name: router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
                route_config:
                  virtual_hosts:
                    - {name: all, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}
"""
HTTP2 = """\
  clusters:
    - name: modern
      load_assignment:
        cluster_name: modern
        endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]}]
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {}}
"""


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.config = pathlib.Path(folder.name, "bootstrap.yaml")
        self.config.write_text(BOOTSTRAP)

    def run_proxy(self, *arguments):
        return subprocess.run([str(PROXY), *arguments], capture_output=True, text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL)

    def test_validate_checks_and_ends(self):
        done = self.run_proxy("-c", str(self.config), "--mode", "validate")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"configuration '{self.config}' OK\n", ""))

    def test_hosts_may_speak_http2(self):
        self.config.write_text(BOOTSTRAP + HTTP2)
        done = self.run_proxy("-c", str(self.config), "--mode", "validate")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_validate_tries_the_access_log_and_makes_no_file(self):
        def validate(path):
            log = ('access_log: [{name: file, typed_config: {"@type": type.googleapis.com/'
                   f'envoy.extensions.access_loggers.file.v3.FileAccessLog, path: {path}}}}}]')
            self.config.write_text(BOOTSTRAP.replace("stat_prefix: test", f"stat_prefix: test\n                {log}"))
            done = self.run_proxy("-c", str(self.config), "--mode", "validate")
            return done.returncode, done.stderr
        folder = self.config.parent
        new, old = folder / "new.log", folder / "old.log"
        old.write_text("a line\n")
        self.assertEqual([validate(new), validate(old)], [(0, ""), (0, "")])
        self.assertFalse(new.exists())
        self.assertEqual(old.read_text(), "a line\n")
        for path, why in ((folder / "no" / "a.log", "No such file or directory"), (folder, "Is a directory")):
            self.assertEqual(validate(path), (2, f"error: cannot write the access log {path}: {why}; "
                                                 "choose a file that can be created or appended to\n"))

    def test_a_broken_bootstrap_is_an_error_with_its_place(self):
        self.config.write_text(BOOTSTRAP.replace("stat_prefix", "stat_prefixes"))
        done = self.run_proxy("-c", str(self.config))
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{self.config}:10:17: error: ", done.stderr)

    def test_wrong_usage(self):
        for arguments in ([], ["-c"], ["-c", "nowhere.yaml"], ["-c", str(self.config), "--mode", "dance"],
                          ["-c", str(self.config), "--concurrency", "2"],
                          ["-c", str(self.config), "--admin-address", "localhost:1"]):
            with self.subTest(arguments):
                done = self.run_proxy(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("error: ", done.stderr)

    def test_help_has_an_example_and_version_a_number(self):
        self.assertIn("Example:\n  squall-proxy -c", self.run_proxy("--help").stdout)
        self.assertRegex(self.run_proxy("--version").stdout, r"^squall-proxy \d+\.\d+\.\d+\n$")

    def test_it_says_where_it_listens_and_ends_on_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with subprocess.Popen([str(PROXY), "-c", str(self.config), "--admin-address", "127.0.0.1:0"],
                                  stderr=subprocess.PIPE, text=True) as process:
                lines = [process.stderr.readline() for _ in range(2)]
                self.assertRegex(lines[0], r"^listening on 127\.0\.0\.1:\d+\n$")
                self.assertRegex(lines[1], r"^admin on 127\.0\.0\.1:\d+\n$")
                process.send_signal(number)
                self.assertEqual(process.wait(30), 0)

    def test_a_signal_reopens_the_logs_and_another_is_ignored(self):
        log = self.config.with_name("access.log")
        logger = ('access_log: [{name: f, typed_config: {"@type": '
                  "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, "
                  f"path: {log}, log_format: {{text_format_source: {{inline_string: '%REQ(:PATH)%;'}}}}}}}}]")
        self.config.write_text(BOOTSTRAP.replace("stat_prefix: test", f"stat_prefix: test\n                {logger}"))
        with subprocess.Popen([str(PROXY), "-c", str(self.config)], stderr=subprocess.PIPE, text=True) as process:
            port = int(process.stderr.readline().rsplit(":", 1)[1])
            self.ask(port, "/before")
            log.rename(log.with_name("old.log"))
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGUSR1)
            while not log.exists():
                self.ask(port, "/between")
            self.ask(port, "/after")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0)
        self.assertIn("/before;", log.with_name("old.log").read_text())
        self.assertTrue(log.read_text().endswith("/after;"))

    def ask(self, port, path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path)
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()


if __name__ == "__main__":
    unittest.main()
