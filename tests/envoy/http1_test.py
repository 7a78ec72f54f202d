"""HTTP/1.1, byte by byte, through Envoy and through squall-proxy: the same answers, requests to the host and log."""
# labels: real
import re
import socket
import threading
import unittest

import tcp_lab
from tcp_lab import BIN, ENVOY, PATIENCE, TYPES, cluster, reset

LOGGED = {"port": "%DOWNSTREAM_REMOTE_PORT%", "code": "%RESPONSE_CODE%", "flags": "%RESPONSE_FLAGS%",
          "details": "%RESPONSE_CODE_DETAILS%", "received": "%BYTES_RECEIVED%", "sent": "%BYTES_SENT%",
          "method": "%REQ(:METHOD)%", "path": "%REQ(:PATH)%", "host": "%REQ(:AUTHORITY)%", "route": "%ROUTE_NAME%",
          "cluster": "%UPSTREAM_CLUSTER%", "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"}
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
VARIES = re.compile(rb"(?m)^(x-request-id|date|x-envoy-upstream-service-time|x-envoy-expected-rq-timeout-ms): [^\r]*")


def manager(more):
    route = {"name": "all", "match": {"prefix": "/"}, "route": {"cluster": "a"}}
    return {"@type": TYPES + "filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "h",
            "delayed_close_timeout": "0.05s",
            "http_filters": [{"name": "router", "typed_config": {"@type": TYPES + "filters.http.router.v3.Router"}}],
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}, **more}


class HttpProxy(tcp_lab.Proxy):
    network_filter = staticmethod(manager)


class Reader:
    """Messages from a socket; `ended` once there is no more."""

    def __init__(self, connection):
        connection.settimeout(PATIENCE)
        self.connection, self.data, self.ended = connection, b"", None

    def more(self):
        try:
            got = b"" if self.ended else self.connection.recv(1 << 16)
            self.ended = self.ended or ("end" if not got else None)
        except ConnectionResetError:
            got, self.ended = b"", "reset"
        self.data += got
        return bool(got)

    def take(self, count):
        while len(self.data) < count and self.more():
            pass
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def until(self, mark):
        while mark not in self.data and self.more():
            pass
        end = self.data.find(mark)
        return self.take(end + len(mark) if end >= 0 else len(self.data))

    def chunks(self):
        body = line = self.until(b"\r\n")
        while line.endswith(b"\r\n") and int(line.split(b";")[0], 16) > 0:
            body += self.take(int(line.split(b";")[0], 16) + 2)
            line = self.until(b"\r\n")
            body += line
        while line.endswith(b"\r\n") and line != b"\r\n":
            line = self.until(b"\r\n")
            body += line
        return body

    def body(self, head, bodiless=False):
        length = re.search(rb"\ncontent-length: *(\d+)", head.lower())
        if bodiless:
            return b""
        if b"\ntransfer-encoding: chunked" in head.lower():
            return self.chunks()
        if length:
            return self.take(int(length[1]))
        while head.startswith(b"HTTP") and self.more():
            pass
        return self.take(len(self.data)) if head.startswith(b"HTTP") else b""

    def answer(self, method):
        """The heads up to the final one, and its body."""
        heads = []
        while not heads or re.match(rb"HTTP/1.1 1\d\d", heads[-1]):
            heads.append(self.until(b"\r\n\r\n"))
        return heads, self.body(heads[-1], method == b"HEAD" or re.match(rb"HTTP/1.1 [23]04", heads[-1]))


class Backend:
    """Answers each request as the case says that its path names."""

    def __init__(self, cases):
        self.cases, self.seen, self.socket = cases, {}, socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            threading.Thread(target=self.serve, args=(self.socket.accept()[0],), daemon=True).start()

    def serve(self, connection):
        reader = Reader(connection)
        while head := reader.until(b"\r\n\r\n"):
            named = re.search(rb"case(\d+)", head)
            if not named:
                connection.sendall(OK)
                continue
            _, answer, more = self.cases[int(named[1])]
            body = b"" if more.get("early") else reader.body(head)
            self.seen.setdefault(int(named[1]), []).append((fields(head), body))
            connection.sendall(answer)
            if more.get("ends"):
                return reset(connection) if more["ends"] == "reset" else connection.close()


def fields(head):
    first, *rest = VARIES.sub(rb"\1", head).split(b"\r\n")
    return [first, *sorted(field for field in rest if field)]


def get(more=b"", method=b"GET", target=b"/CASE", host=b"host: x\r\n", version=b"HTTP/1.1", body=b""):
    return method + b" " + target + b" " + version + b"\r\n" + host + more + b"\r\n" + body


def post(more, body=b""):
    return get(more, b"POST", body=body)


def chunked(body):
    return post(b"transfer-encoding: chunked\r\n", body)


def says(head, body=b""):
    return b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body


REQUESTS = [get(host=host) for host in (
    b"", b"host:\r\n", b"host: a/b\r\n", b"host: a b\r\n", b'host: a"b\r\n', b"host: [::1]:80\r\n", b"host: a:b\r\n")]
REQUESTS += [get(version=version) for version in (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1", b"X/1.1")]
REQUESTS += [get(method=method) for method in (
    b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"PROPFIND", b"get", b"BREW")]
REQUESTS += [b"GET /CASE\r\n\r\n", b"GET\r\n\r\n", b"GET \r\n\r\n", b" " + get(), b"\r\n" + get(), b"\x16\x03\x01\x02"]
REQUESTS += [get(target=target) for target in (
    b"CASE", b"*", b"/CASE#a", b"/CASE\x01", b"/CASE\x80", b"/CASE\tb", b"http://y/CASE", b"HTTP://y:81/CASE?q", b"https://y/CASE",
    b"http://y", b"http://y?CASE", b"ftp://y/CASE", b"http:///CASE", b"http://y:/CASE", b"http://y:99999/CASE", b"http://[::1]:80/CASE",
    b"http://[::1/CASE", b"http://u%40y/CASE", b"http://a_b/CASE", b"http://a~b/CASE", b"http://a./CASE")]
REQUESTS += [get(method=b"CONNECT", target=target) for target in (b"y:80", b"[::1]:80", b"y", b"/CASE", b":80", b"y:99999", b"http://y:80/")]
REQUESTS += [get(method=b"OPTIONS", target=b"*"), get(host=b"", target=b"http://y/CASE")]
REQUESTS += [post(more, b"hi") for more in (
    b"content-length: 2\r\n", b"content-length: 2\r\ncontent-length: 2\r\n", b"content-length: 2\r\ncontent-length: 3\r\n",
    b"content-length: 2, 2\r\n", b"content-length: +2\r\n", b"content-length: -2\r\n", b"content-length:   2  \r\n",
    b"content-length: 99999999999999999999999\r\n", b"content-length: 2\r\ntransfer-encoding: chunked\r\n",
    b"transfer-encoding: gzip, chunked\r\n", b"transfer-encoding: gzip\r\n", b"expect: 100-continue\r\ncontent-length: 2\r\n",
    b"expect: other\r\ncontent-length: 2\r\n")]
REQUESTS += [post(b"content-length: 0\r\n"), post(b"content-length:\r\n"), get(b"content-length: 0\r\n"), post(b"transfer-encoding: identity\r\n")]
REQUESTS += [chunked(body) for body in (
    b"2\r\nhi\r\n0\r\n\r\n", b"2;a=b\r\nhi\r\n0;c\r\n\r\n", b"2 \r\nhi\r\n0\r\n\r\n", b"0002\r\nhi\r\n000\r\n\r\n", b"g\r\n", b"0x2\r\nhi", b"-2\r\nhi",
    b"\r\nhi", b"2\nhi", b"ffffffffffffffffff\r\n", b"A\r\n0123456789\r\n0\r\n\r\n", b"2\r\nhi\r\n0\r\nt: v\r\n\r\n", b"2\r\nhi\r\n0\r\nbad\r\n\r\n",
    b"2\r\nhi\r\n0\r\n: v\r\n\r\n", b"2\r\nhi\r\n0\r\nt : v\r\n\r\n")]
REQUESTS += [get(more) for more in (
    b"a : b\r\n", b"a\r\n", b": b\r\n", b"a:\r\n", b"a: b\x01\r\n", b"a: b\0c\r\n", b"a: \xc3\xa9\r\n", b"\xc3\xa9: a\r\n", b"a_b: c\r\n",
    b"a: 1\r\na: 2\r\nA: 3\r\n", b"a: \t b  c \t\r\n", b"a: " + b"x" * 70000 + b"\r\n", b"a: b\r\n" * 120,
    b"connection: close\r\n", b"connection: keep-alive, close\r\n", b"proxy-connection: close\r\n", b"keep-alive: 5\r\n",
    b"connection: foo, te\r\nfoo: b\r\nte: trailers\r\n", b"te: gzip, trailers\r\n", b"te: gzip\r\n", b"connection: cookie\r\ncookie: a=b\r\n",
    b"connection: x-forwarded-for\r\n", b"connection: x-forwarded-port\r\nx-forwarded-port: 1\r\n", b"connection: :path\r\n",
    b"connection: a, b, c, d, e, f, g, h, i, j\r\n", b"connection: upgrade\r\n", b"upgrade: websocket\r\n",
    b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAAA\r\n")]

RESPONSES = [says(b"content-length: 2\r\n" + more, b"ok") for more in (
    b"", b"connection: close\r\n", b"connection: x\r\nx: y\r\n", b"keep-alive: 5\r\n", b"proxy-connection: close\r\n", b"upgrade: h2c\r\n",
    b"te: trailers\r\ntrailer: t\r\n", b"date: yesterday\r\nserver: me\r\n", b"a : b\r\n", b"a\r\n", b"a: \xc3\xa9\r\n", b"a: b\x01\r\n",
    b"content-length: 2\r\n", b"content-length: 3\r\n", b"a: " + b"x" * 81850 + b"\r\n", b"a: " + b"x" * 81890 + b"\r\n", b"a: b\r\n" * 98,
    b"a: b\r\n" * 120)]
RESPONSES += [line + b"\r\ncontent-length: 2\r\n\r\nok" for line in (
    b"HTTP/1.0 200 OK", b"HTTP/1.9 200 OK", b"HTTP/2.0 200 OK", b"HTTP/1 200 OK", b"http/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 200 ",
    b"HTTP/1.1 200 Fine", b"HTTP/1.1 99 Odd", b"HTTP/1.1 600 Odd", b"HTTP/1.1 999 Odd", b"HTTP/1.1 000 Odd", b"HTTP/1.1 abc", b"220 smtp",
    b"\r\nHTTP/1.1 200 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.1 205 Reset")]
RESPONSES += [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 304 N\r\n\r\n",
              b"HTTP/1.1 304 N\r\ncontent-length: 2\r\n\r\n", b"HTTP/1.1 304 N\r\ntransfer-encoding: chunked\r\n\r\n", b"\0\1\2", b"garbage\r\n\r\n"]
RESPONSES += [says(b"transfer-encoding: chunked\r\n", body) for body in (
    b"2\r\nok\r\n0\r\n\r\n", b"00002\r\nok\r\n0\r\n\r\n", b"2;a\r\nok\r\n0\r\n\r\n", b"2\r\nok\r\n0\r\nt: v\r\n\r\n", b"2\r\nok\r\n0\r\nbad\r\n\r\n")]
RESPONSES += [b"HTTP/1.1 %d X\r\n\r\n" % status + OK for status in (100, 102, 103)]
ENDED = [(says(b"", b"all"), "end"), (says(b"connection: close\r\n", b"all"), "end"), (says(b""), "end"),
         (says(b"content-length: 5\r\n", b"ok"), "end"), (says(b"transfer-encoding: chunked\r\n", b"5\r\nok"), "end"),
         (b"HTTP/1.0 200 OK\r\n\r\nok", "end"), (b"", "end"), (b"", "reset"), (b"HTTP/1.1 200 OK\r\nconte", "end"),
         (b"HTTP/1.1 2", "reset"), (b"H", "end")]


@unittest.skipUnless(ENVOY.exists(), "there is no Envoy: see tests/envoy/requirements.txt")
@unittest.skipUnless((BIN / "squall-proxy").exists(), "there is no squall-proxy")
class Http1(unittest.TestCase):
    maxDiff = None

    def connect(self, proxy, numbers):
        """A connection from a port that no earlier case had: ports come again, and the log's lines are told apart by them."""
        while (client := proxy.connect()).getsockname()[1] in numbers:
            client.close()
        return client

    def exchange(self, client, number, case):
        """What one client sees, and whether its connection is of use afterwards."""
        request, _, more = case
        reader = Reader(client)
        client.sendall(request.replace(b"CASE", b"case%d" % number))
        seen = []
        for _ in range(more.get("answers", 1)):
            heads, body = reader.answer(request.split(b" ")[0])
            seen.append(([fields(head) for head in heads], body))
        if b"\nconnection: close" in heads[-1] or reader.ended:
            while reader.more():
                pass
            kept = None
        else:
            client.sendall(get(target=b"/"))
            kept = reader.answer(b"GET")[0][0].split(b"\r\n")[0]
        client.close()
        return seen, kept, reader.data

    def through(self, way, cases):
        backend = Backend(cases)
        proxy = HttpProxy(way, {}, [cluster("a", backend.port)], log_format={"json_format": LOGGED})
        self.addCleanup(proxy.close)
        numbers, seen = {}, []
        for number, case in enumerate(cases):
            client = self.connect(proxy, numbers)
            numbers[client.getsockname()[1]] = number
            seen.append(self.exchange(client, number, case))
        found = [{"client": client, "host": backend.seen.get(number, []), "log": []} for number, client in enumerate(seen)]
        for line in proxy.stop():
            number = numbers[int(line.pop("port"))]
            if line["path"] != "/":
                found[number]["log"].append(line)
        if way == "squall":
            self.assertEqual(proxy.replay(), "")
        return found

    def both(self, cases):
        envoy, squall = (self.through(way, cases) for way in ("envoy", "squall"))
        for case, left, right in zip(cases, envoy, squall):
            if left["client"][0][0][0][0][0].startswith(b"HTTP/1.1 400"):
                left["host"] = right["host"] = []  # how much of it was on its way is chance
            with self.subTest(case[0][:99], answer=case[1][:99], **case[2]):
                self.assertEqual(right, left)

    def test_requests(self):
        self.both([(request, OK, {}) for request in REQUESTS])

    def test_responses(self):
        self.both([(get(), answer, {}) for answer in RESPONSES] + [(get(), answer, {"ends": how}) for answer, how in ENDED])

    def test_responses_to_head(self):
        heads = (b"content-length: 20\r\n", b"transfer-encoding: chunked\r\n", b"")
        self.both([(get(method=b"HEAD"), says(head), {}) for head in heads])

    def test_one_after_the_other(self):
        self.both([(get() * 3, OK, {"answers": 3}), (post(b"content-length: 2\r\n", b"hi") + get(), OK, {"answers": 2}),
                   (get(b"connection: close\r\n") + get(), OK, {}), (get() + b"BAD\r\n\r\n", OK, {"answers": 2})])

    def test_answers_before_the_end_of_the_request(self):
        self.both([(post(b"content-length: 4\r\n", b"hi"), OK, {"early": True}), (chunked(b"2\r\nhi\r\n"), OK, {"early": True})])


if __name__ == "__main__":
    unittest.main()
