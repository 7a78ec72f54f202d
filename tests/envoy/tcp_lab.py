"""A proxy with one listener, Envoy or squall-proxy, its hosts and its clients; a tcp_proxy unless one says otherwise.

Nothing sleeps: what is waited for is read from a socket, a pipe or the admin page.
"""
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BIN = pathlib.Path(os.environ.get("SQUALL_BUILD", pathlib.Path(__file__).parents[2] / "build" / "test")) / "bin"
ENVOY = pathlib.Path(sys.executable).parent / "envoy"
PATIENCE = 30  # seconds
# Of hosts, and of a listener that says so (Envoy's do): bytes are counted until both sides are gone.
ACTIVE = re.compile(r"cluster\.a\.upstream_cx_active$|listener\.(?!admin\.).*\.downstream_cx_active$")
TYPES = "type.googleapis.com/envoy.extensions."
LOGGED = {"flags": "%RESPONSE_FLAGS%", "code": "%RESPONSE_CODE%", "details": "%RESPONSE_CODE_DETAILS%",
          "end": "%CONNECTION_TERMINATION_DETAILS%", "received": "%BYTES_RECEIVED%", "sent": "%BYTES_SENT%",
          "cluster": "%UPSTREAM_CLUSTER%", "host": "%UPSTREAM_HOST%", "failure": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
          "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%", "protocol": "%PROTOCOL%", "method": "%REQ(:METHOD)%",
          "header": "%RESP(X)%", "response": "%RESPONSE_DURATION%", "route": "%ROUTE_NAME%", "peer": "%DOWNSTREAM_REMOTE_ADDRESS%"}


def address(port, host="127.0.0.1"):
    return {"socket_address": {"address": host, "port_value": port}}


def cluster(name, *ports, at="127.0.0.1", **more):
    hosts = [{"endpoint": {"address": address(port, at)}} for port in ports]
    return {"name": name, "connect_timeout": "0.4s", **more,
            "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}]}}


def limits(**values):
    return {"circuit_breakers": {"thresholds": [values]}}


def tcp_filter(proxy):
    return {"@type": TYPES + "filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "t", **proxy}


def bootstrap(network_filter, clusters, log, listener, log_format):
    logger = {"@type": TYPES + "access_loggers.file.v3.FileAccessLog", "path": str(log)}
    if log_format is not None:
        logger["log_format"] = log_format
    filters = [{"name": "one", "typed_config": {"access_log": [{"name": "file", "typed_config": logger}], **network_filter}}]
    one = {"name": "one", "address": address(0), "filter_chains": [{"filters": filters}], **listener}
    return {"admin": {"address": address(0)}, "static_resources": {"listeners": [one], "clusters": clusters}}


class Proxy:
    """One of the two, running."""
    network_filter = staticmethod(tcp_filter)

    def __init__(self, way, proxy, clusters, listener=None, log_format=None):
        self.way = way
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        self.log, self.decisions, config = folder / "log", folder / "decisions", folder / "bootstrap.json"
        log_format = {"json_format": LOGGED} if log_format is None else log_format
        config.write_text(json.dumps(bootstrap(self.network_filter(proxy), clusters, self.log, listener or {}, log_format or None)))
        command = ([ENVOY, "-c", config, "--concurrency", "1", "--use-dynamic-base-id", "--log-level", "info"] if way == "envoy"
                   else [BIN / "squall-proxy", "-c", config, "--decision-log", self.decisions])
        self.process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True)
        said = self.read_until("all dependencies initialized" if way == "envoy" else "admin on")
        self.admin_port = int(re.findall(r"admin (?:address:|on) \S+:(\d+)", said)[0])
        # What it says from here on has to go somewhere.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        if way == "envoy":
            self.until(lambda: "LIVE" in self.page("/ready"))
            found = json.loads(self.page("/listeners?format=json"))["listener_statuses"][0]["local_address"]
            self.port = found["socket_address"]["port_value"]
        else:
            self.port = int(re.findall(r"listening on \S+:(\d+)", said)[0])

    def read_until(self, word):
        said = ""
        for line in self.process.stderr:
            said += line
            if word in line:
                return said
        raise AssertionError(f"{self.way} did not start: {said}")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.folder.cleanup()

    def page(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=PATIENCE) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.read().decode()

    def stats(self):
        pairs = (line.rsplit(": ", 1) for line in self.page("/stats").splitlines() if ": " in line)
        return {name: int(value) for name, value in pairs if value.strip().isdigit()}

    def until(self, happened):
        end = time.monotonic() + PATIENCE
        while not happened():
            if time.monotonic() > end:
                counted = {name: value for name, value in self.stats().items() if value and re.match(r"tcp\.|cluster\.a\.", name)}
                raise AssertionError(f"{self.way}: it did not happen; {counted}")

    def until_stat(self, name, least):
        self.until(lambda: self.stats().get(name, 0) >= least)

    def until_idle(self):
        """No connection is left on either side, so that nothing more is counted."""
        self.until(lambda: not any(value for name, value in self.stats().items() if ACTIVE.match(name)))

    def connect(self, receive_buffer=None):
        client = socket.socket()
        client.settimeout(PATIENCE)
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.connect(("127.0.0.1", self.port))
        return client

    def stop(self):
        """Its log's lines, in the order in which they were written."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) if line.startswith("{") else line for line in lines]

    def replay(self):
        done = subprocess.run([str(BIN / "squall"), "replay", str(self.decisions)], capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr


class Host:
    """A listening socket; `full`: nobody who connects from now on is answered."""

    def __init__(self, full=False, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)
        self.socket.listen(0 if full else 16)
        self.port = self.socket.getsockname()[1]
        self.waiting = [self.knock() for _ in range(4 if full else 0)]

    def knock(self):
        one = socket.socket()
        one.setblocking(False)
        try:
            one.connect(("127.0.0.1", self.port))
        except BlockingIOError:
            pass
        return one

    def accept(self):
        return self.socket.accept()[0]

    def close(self):
        self.socket.close()


class Closed:
    """A port at which connections are refused."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]


class Nowhere:
    """An address that is no host's: the kernel refuses to connect to it."""

    address, port = "255.255.255.255", 80


def reset(one):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def ending(one):
    """How many bytes still come, and how it ends."""
    count = 0
    try:
        while piece := one.recv(1 << 16):
            count += len(piece)
        return count, "end"
    except ConnectionResetError:
        return count, "reset"
