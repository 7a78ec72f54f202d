"""docs/proxy.md: its bootstrap serves what it says, with a server and without one."""
import functools
import http.client
import http.server
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("SQUALL_BUILD", ROOT / "build" / "test")).resolve() / "bin"
PAGE = (ROOT / "docs" / "proxy.md").read_text()


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def end_headers(self):
        self.send_header("Connection", "close")  # when the server is gone, so is its connection
        super().end_headers()

    def log_message(self, *_):
        pass


class Documentation(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "hello.txt").write_text("hello\n")

    def bootstrap(self, port):
        """The page's own, on ports of this test."""
        text = re.search(r"```yaml\n(.*?)```", PAGE, re.S)[1]
        for written, own in ((8080, 0), (9901, 0), (8000, port)):
            self.assertEqual(text.count(f"port_value: {written}}}"), 1)
            text = text.replace(f"port_value: {written}}}", f"port_value: {own}}}")
        (self.folder / "bootstrap.yaml").write_text(text)

    def ask(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/hello.txt")
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {name.lower() for name, _ in answer.getheaders()}

    def headers_of(self, status):
        """Of the answer with that status, as the page prints it."""
        lines = re.search(rf"    HTTP/1.1 {status} [^\n]*\n((?:    .*\n)+)", PAGE)[1].splitlines()
        return {line.strip().split(":")[0] for line in lines if ":" in line}

    def test_its_bootstrap_answers_as_printed(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=self.folder))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.bootstrap(server.server_address[1])
        with subprocess.Popen([BIN / "squall-proxy", "-c", "bootstrap.yaml"], cwd=self.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as proxy:
            port = int(proxy.stderr.readline().rsplit(":", 1)[1])
            status, body, headers = self.ask(port)
            self.assertEqual((status, body, headers), (200, "hello\n", self.headers_of(200)))
            server.shutdown()
            server.server_close()
            thread.join()
            status, body, headers = self.ask(port)
            self.assertEqual((status, headers), (503, self.headers_of(503)))
            self.assertIn(f"    {body}\n", PAGE)
            proxy.terminate()
            logged, _ = proxy.communicate(timeout=30)
        self.assertEqual([line.split('"')[2].split()[:2] for line in logged.splitlines()], [["200", "-"], ["503", "URX,UF"]])

    def test_the_example_of_compile_makes_a_bootstrap_that_is_served(self):
        lines = subprocess.run([BIN / "squall", "help", "compile"], capture_output=True, text=True, check=True).stdout
        commands = lines[lines.index("Example:"):].splitlines()[1:]
        self.assertEqual([c.split()[0] for c in commands if c.strip()], ["squall", "squall-proxy"])
        for command in filter(str.strip, commands):
            self.assertIn(re.sub(r"\s+", " ", command.strip()), re.sub(r"[\s\\]+", " ", PAGE))
            name, *arguments = command.split()
            arguments = [str(ROOT / a) if a.startswith("scenarios/") else a for a in arguments]
            done = subprocess.run([BIN / name, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "configuration 'web.json' OK\n")


if __name__ == "__main__":
    unittest.main()
