// HTTP/2 through a running proxy: hosts that speak it, behind clients of either protocol.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/proxy/http2_peer.h"
#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

/// A proxy before one host that speaks HTTP/2.
struct Mesh {
  explicit Mesh(const std::string& route = "{cluster: main}", const std::string& options = "{}")
      : proxy(bootstrap(route, options)) {}
  std::string bootstrap(const std::string& route, const std::string& options) const {
    const Hosts none(1);
    std::string text = bootstrap_of(
        none, {.route = route,
               .cluster = "      typed_extension_protocol_options: "
                          "{envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {\"@type\": "
                          "type.googleapis.com/"
                          "envoy.extensions.upstreams.http.v3.HttpProtocolOptions, "
                          "explicit_http_config: {http2_protocol_options: " +
                          options + "}}}\n"});
    const std::size_t at = text.rfind("port_value: ") + std::string("port_value: ").size();
    text.replace(at, text.find('}', at) - at, std::to_string(host.name().port()));
    return text;
  }
  Http2Host host;
  Running proxy;
};

const std::string kRefused =
    "{cluster: main, retry_policy: {retry_on: refused-stream, retry_back_off: {base_interval: "
    "0.001s}}}";

TEST(Http2Upstreams, RequestsOfManyClientsShareAConnection) {
  Mesh mesh;
  Peer first = mesh.proxy.client(), second = mesh.proxy.client();
  first.send("GET /1 HTTP/1.1\r\nHost: shop\r\nX-A: b\r\n\r\n");
  Http2Peer host = mesh.host.accept();
  const std::int32_t one = host.next_request();
  second.send(
      "POST /2 HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  const std::int32_t two = host.next_request();
  EXPECT_EQ(host.seen(one).path, "/1");
  EXPECT_EQ(host.seen(one).authority, "shop");
  EXPECT_EQ(host.seen(one).header("x-a"), "b");
  EXPECT_EQ(host.seen(two).path, "/2");
  EXPECT_EQ(host.seen(two).body, "abc");
  EXPECT_EQ(host.seen(two).header("transfer-encoding"), "");
  host.answer(two, 200, {{"content-length", "3"}}, "two");
  host.answer(one, 200, {}, "one");
  EXPECT_TRUE(second.read_until("two").starts_with("HTTP/1.1 200 OK\r\n"));
  const std::string_view answer = first.read_until("\r\n0\r\n\r\n");
  EXPECT_NE(answer.find("transfer-encoding: chunked\r\n"), std::string_view::npos) << answer;
  EXPECT_NE(answer.find("\r\n3\r\none\r\n"), std::string_view::npos) << answer;
}

TEST(Http2Upstreams, GrpcPassesWithItsTrailers) {
  Mesh mesh;
  Http2Peer client = Http2Peer::to(mesh.proxy.address());
  const std::int32_t id = client.request(
      "POST", "/svc/Method", {{"content-type", "application/grpc"}, {"te", "trailers"}}, false);
  client.http2().send_body(*client.seen(id).stream, "message", false);
  client.http2().send_trailers(*client.seen(id).stream, {{"from", "client"}});
  client.send();
  Http2Peer host = mesh.host.accept();
  const std::int32_t got = host.next_request();
  EXPECT_EQ(host.seen(got).header("te"), "trailers");
  EXPECT_EQ(host.seen(got).body, "message");
  ASSERT_EQ(host.seen(got).trailers.size(), 1U);
  EXPECT_EQ(host.seen(got).trailers[0].first, "from");
  host.answer(got, 200, {{"content-type", "application/grpc"}}, "answer", false);
  host.http2().send_trailers(*host.seen(got).stream, {{"grpc-status", "5"}});
  host.send();
  const SeenStream& answer = client.ended(id);
  EXPECT_EQ(answer.body, "answer");
  ASSERT_EQ(answer.trailers.size(), 1U);
  EXPECT_EQ(answer.trailers[0].second, "5");
}

TEST(Http2Upstreams, ATrailersOnlyAnswerStaysOne) {
  Mesh mesh;
  Http2Peer client = Http2Peer::to(mesh.proxy.address());
  const std::int32_t id = client.request("POST", "/", {{"content-type", "application/grpc"}});
  Http2Peer host = mesh.host.accept();
  host.answer(host.next_request(), 200, {{"grpc-status", "14"}});
  const SeenStream& answer = client.ended(id);
  EXPECT_EQ(answer.header("grpc-status"), "14");
  EXPECT_TRUE(answer.trailers.empty());
}

TEST(Http2Upstreams, ARefusedStreamIsTriedAgain) {
  Mesh mesh(kRefused);
  Peer client = mesh.proxy.client();
  client.send("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nbody");
  Http2Peer host = mesh.host.accept();
  host.reset(host.next_request(), Http2Code::kRefusedStream);
  const std::int32_t again = host.next_request();
  EXPECT_EQ(host.seen(again).body, "body");
  host.answer(again, 200, {}, "good");
  EXPECT_NE(client.read_until("good").find("200 OK"), std::string_view::npos);
}

TEST(Http2Upstreams, AfterGoAwayTheRestIsAnsweredAndANewConnectionIsMade) {
  Mesh mesh(kRefused);
  Http2Peer client = Http2Peer::to(mesh.proxy.address());
  const std::int32_t one = client.request("GET", "/1");
  Http2Peer host = mesh.host.accept();
  const std::int32_t first = host.next_request();
  host.http2().go_away(true);
  host.send();
  const std::int32_t two = client.request("GET", "/2");
  Http2Peer other = mesh.host.accept();
  other.answer(other.next_request(), 200, {}, "other");
  EXPECT_EQ(client.ended(two).body, "other");
  host.answer(first, 200, {}, "first");
  EXPECT_EQ(client.ended(one).body, "first");
  EXPECT_TRUE(host.until([&] { return host.closed(); }));  // the last stream has ended
}

TEST(Http2Upstreams, AConnectionThatBreaksFailsAllItsStreams) {
  Mesh mesh;
  Http2Peer client = Http2Peer::to(mesh.proxy.address());
  const std::int32_t one = client.request("GET", "/1"), two = client.request("GET", "/2");
  {
    Http2Peer host = mesh.host.accept();
    host.next_request();
    host.next_request();
  }
  for (const std::int32_t id : {one, two}) {
    EXPECT_EQ(client.ended(id).status, 503);
    EXPECT_NE(client.seen(id).body.find("connection termination"), std::string::npos);
  }
}

TEST(Http2Upstreams, AHostThatBreaksTheProtocolIsABadGateway) {
  Mesh mesh;
  Peer client = mesh.proxy.client();
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  Http2Peer host = mesh.host.accept();
  host.next_request();
  const std::string_view garbage = "HTTP/1.1 400 Bad Request\r\n\r\n";
  EXPECT_GT(::send(host.fd(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
  EXPECT_TRUE(client.read_until("protocol error").starts_with("HTTP/1.1 502 Bad Gateway\r\n"))
      << client.text();
}

/// As Envoy has it, whose own reset it is.
TEST(Http2Upstreams, AHeadBeyondTheLimitsIsAReset) {
  Mesh mesh;
  Peer client = mesh.proxy.client();
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  Http2Peer host = mesh.host.accept();
  const std::int32_t id = host.next_request();
  host.answer(id, 200, std::vector<policies::HeaderField>(100, {"a", "b"}));
  const std::string_view answer = client.read_until("remote reset");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
}

TEST(Http2Upstreams, AnAbandonedAttemptIsCancelledOnItsStream) {
  Mesh mesh;
  Peer client = mesh.proxy.client();
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  Http2Peer host = mesh.host.accept();
  const std::int32_t id = host.next_request();
  client.reset();
  ASSERT_TRUE(host.until([&] { return host.seen(id).closed; }));
  EXPECT_EQ(host.seen(id).code, static_cast<std::uint32_t>(Http2Code::kCancel));
}

TEST(Http2Upstreams, ASlowClientHoldsItsOwnStreamOnly) {
  Mesh mesh;
  Http2Peer slow = Http2Peer::to(mesh.proxy.address());
  const std::int32_t id = slow.request("GET", "/slow");
  slow.withholds = id;
  Http2Peer host = mesh.host.accept();
  const std::int32_t large = host.next_request();
  host.answer(large, 200, {}, std::string(8'000'000, 'x'));
  Http2Peer quick = Http2Peer::to(mesh.proxy.address());
  const std::int32_t other = quick.request("GET", "/quick");
  host.answer(host.next_request(), 200, {}, "quick");
  EXPECT_EQ(quick.ended(other).body, "quick");
  EXPECT_GT(host.seen(large).stream->out.size(), std::size_t{5'000'000});
  EXPECT_FALSE(slow.seen(id).ended);
}

TEST(Http2Upstreams, AMirrorThatIsTooSlowIsCancelledOnItsStream) {
  Mesh mesh("{cluster: main, request_mirror_policies: [{cluster: main}]}");
  Peer client = mesh.proxy.client();
  constexpr std::size_t kPiece = 50'000, kPieces = 40;  // the window, the buffer, and more
  client.send("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 2000000\r\n\r\n");
  Http2Peer host = mesh.host.accept();
  const std::int32_t one = host.next_request(false), two = host.next_request(false);
  const bool first = host.seen(one).authority == "shop";
  const std::int32_t own = first ? one : two, mirror = first ? two : one;
  host.withholds = mirror;
  for (std::size_t i = 1; i <= kPieces; ++i) {
    client.send(std::string(kPiece, 'x'));
    ASSERT_TRUE(host.until([&] { return host.seen(own).body.size() == i * kPiece; })) << i;
  }
  ASSERT_TRUE(host.until([&] { return host.seen(mirror).closed; }));
  EXPECT_EQ(host.seen(mirror).code, static_cast<std::uint32_t>(Http2Code::kCancel));
  host.answer(own, 200, {}, "done");
  EXPECT_TRUE(client.read_until("done").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(Http2Upstreams, AnAnswerOnAClosedStreamOrAnUnknownOneHarmsNobody) {
  Mesh mesh;
  Http2Peer client = Http2Peer::to(mesh.proxy.address());
  const std::int32_t id = client.request("GET", "/1");
  Http2Peer host = mesh.host.accept();
  const std::int32_t got = host.next_request();
  client.reset(id, Http2Code::kCancel);
  host.answer(got, 200, {}, "late");
  const std::int32_t next = client.request("GET", "/2");
  host.answer(host.next_request(), 200, {}, "next");
  EXPECT_EQ(client.ended(next).body, "next");
}

}  // namespace
}  // namespace squall::proxy
