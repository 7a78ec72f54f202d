// HTTP/2 through a running proxy: clients that speak it, before hosts of either protocol.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/proxy/http2_peer.h"
#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

TEST(Http2Clients, ARequestAndItsAnswerCrossFromHttp2ToHttp1) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("GET", "/x?q=1", {{"x-a", "b"}});
  const std::string_view request = hosts.serve(kHello);
  EXPECT_TRUE(request.starts_with("GET /x?q=1 HTTP/1.1\r\nhost: shop\r\nx-a: b\r\n")) << request;
  const SeenStream& answer = client.ended(id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("content-length"), "5");
  EXPECT_EQ(answer.header("server"), "envoy");
  EXPECT_EQ(answer.header("connection"), "");
}

TEST(Http2Clients, StreamsOfOneConnectionAreAnsweredAsTheyCome) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t slow = client.request("GET", "/slow");
  hosts.serve("");
  Peer& waiting = hosts.last();
  const std::int32_t quick = client.request("GET", "/direct");
  EXPECT_EQ(client.ended(quick).body, "hello");
  EXPECT_FALSE(client.seen(slow).head);
  waiting.send(kHello);
  EXPECT_EQ(client.ended(slow).body, "hello");
}

TEST(Http2Clients, ABodyOfUnknownLengthGoesInChunksAndItsTrailersEndIt) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("POST", "/", {}, false);
  client.http2().send_body(*client.seen(id).stream, "abc", false);
  client.http2().send_trailers(*client.seen(id).stream, {{"t", "1"}});
  client.send();
  const std::string_view request = hosts.serve(kHello, "\r\n0\r\n\r\n");
  EXPECT_NE(request.find("transfer-encoding: chunked\r\n"), std::string_view::npos);
  EXPECT_NE(request.find("\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), std::string_view::npos) << request;
  EXPECT_EQ(client.ended(id).status, 200);
}

TEST(Http2Clients, AContentLengthIsKept) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("POST", "/", {{"content-length", "4"}}, false);
  client.body(id, "body", true);
  const std::string_view request = hosts.serve(kHello, "\r\n\r\nbody");
  EXPECT_NE(request.find("content-length: 4\r\n"), std::string_view::npos) << request;
  EXPECT_EQ(client.ended(id).status, 200);
}

TEST(Http2Clients, AClientThatResetsItsStreamEndsItsAttemptOnly) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("GET", "/");
  hosts.serve("");
  client.reset(id, Http2Code::kCancel);
  EXPECT_EQ(hosts.last().read_until(""), "");  // closed without a byte
  EXPECT_EQ(client.ended(client.request("GET", "/direct")).body, "hello");
}

TEST(Http2Clients, AClientThatLeavesEndsTheAttemptsOfAllItsStreams) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  {
    Http2Peer client = Http2Peer::to(proxy.address());
    client.request("GET", "/1");
    hosts.serve("");
  }
  EXPECT_EQ(hosts.last().read_until(""), "");
}

TEST(Http2Clients, AHostThatCutsItsBodyResetsTheStreamAndNotTheConnection) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("GET", "/");
  hosts.serve("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
  ASSERT_TRUE(client.until([&] { return client.seen(id).body == "half"; }));
  hosts.last().reset();
  const SeenStream& cut = client.ended(id);
  EXPECT_TRUE(cut.closed);
  EXPECT_EQ(cut.code, static_cast<std::uint32_t>(Http2Code::kInternalError));
  EXPECT_EQ(client.ended(client.request("GET", "/direct")).body, "hello");
}

TEST(Http2Clients, AnAnswerBeforeTheEndOfTheRequestEndsTheStream) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("POST", "/direct", {}, false);
  EXPECT_EQ(client.ended(id).body, "hello");
  ASSERT_TRUE(client.until([&] { return client.seen(id).closed; }));
  EXPECT_EQ(client.seen(id).code, static_cast<std::uint32_t>(Http2Code::kNoError));
}

TEST(Http2Clients, WhatARequestMayNotBeIsAnsweredOnItsStream) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  EXPECT_EQ(client.ended(client.request("GET", "/a#b")).status, 400);
  EXPECT_EQ(client.ended(client.request("OPTIONS", "*")).status, 404);
  const std::int32_t id = client.request("POST", "/", {{"expect", "100-continue"}}, false);
  client.body(id, "hi", true);
  EXPECT_EQ(hosts.serve(kHello, "0\r\n\r\n").find("\r\nexpect:"), std::string_view::npos);
  EXPECT_EQ(client.ended(id).status, 200);
}

TEST(Http2Clients, AListenerMaySpeakOneProtocolOnly) {
  Hosts hosts(1);
  const Running old(bootstrap_of(hosts, {.manager = "                codec_type: HTTP1\n"}));
  Peer client = old.client();
  client.send(kHttp2Preface);
  EXPECT_TRUE(client.read_until("").starts_with("HTTP/1.1 4")) << client.text();
  const Running strict(bootstrap_of(hosts, {.manager = "                codec_type: HTTP2\n"}));
  Peer plain = strict.client();
  plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(plain.read_until("").find("HTTP/1.1 "), std::string_view::npos);
  Http2Peer modern = Http2Peer::to(strict.address());
  EXPECT_EQ(modern.ended(modern.request("GET", "/direct")).status, 200);
}

TEST(Http2Clients, ThePrefaceMayComeByteByByteAndAMethodThatBeginsLikeItIsHttp1) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  for (const char byte : kHttp2Preface) client.send({&byte, 1});
  client.send(std::string("\0\0\0\4\0\0\0\0\0", 9));
  EXPECT_NE(client.read_until(std::string("\0\0\0\4\1", 5)).size(), 0U);  // settings acknowledged
  Peer other = proxy.client();
  other.send("P");
  other.send("OST /direct HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(other.read_until("hello").starts_with("HTTP/1.1 200 OK\r\n")) << other.text();
}

/// An access log in a file of its own.
struct Log {
  std::string path =
      ::testing::TempDir() + "squall_http2_access_" + std::to_string(::getpid()) + ".log";
  /// The connection manager's field.
  std::string field() const {
    return "                access_log: [{name: file, typed_config: {\"@type\": "
           "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
           path +
           ", log_format: {text_format_source: {inline_string: \"%RESPONSE_CODE% "
           "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %PROTOCOL%\\n\"}}}}]\n";
  }
  std::string take() const {
    std::ifstream file(path);
    std::string text(std::istreambuf_iterator<char>(file), {});
    std::remove(path.c_str());
    return text;
  }
};

/// As a live Envoy 1.40 logs them.
TEST(Http2Clients, TheAccessLogSaysHowAStreamEnded) {
  const Log log;
  Hosts hosts(1);
  Running proxy(bootstrap_of(hosts, {.manager = log.field()}));
  {
    Http2Peer client = Http2Peer::to(proxy.address());
    client.ended(client.request("GET", "/direct"));
    for (const Http2Code code : {Http2Code::kCancel, Http2Code::kNoError, Http2Code::kProtocolError,
                                 Http2Code::kRefusedStream}) {
      const std::int32_t id = client.request("GET", "/");
      hosts.serve("");
      client.reset(id, code);
      hosts.last().read_until("");
    }
    const std::int32_t upload = client.request("POST", "/", {}, false);
    hosts.serve("");
    client.reset(upload, Http2Code::kNoError);
    hosts.last().read_until("");
    client.request("GET", "/");
    hosts.serve("");
  }
  hosts.last().read_until("");
  proxy.stop();
  EXPECT_EQ(log.take(),
            "200 - direct_response HTTP/2\n"
            "0 DR http2.remote_reset HTTP/2\n"
            "0 - - HTTP/2\n"
            "0 DPE http2.remote_reset HTTP/2\n"
            "0 DR http2.remote_refuse HTTP/2\n"
            "0 DR http2.remote_reset HTTP/2\n"
            "0 DC downstream_remote_disconnect HTTP/2\n");
}

/// Likewise.
TEST(Http2Clients, TheAccessLogSaysWhatWasWrongWithARequest) {
  const Log log;
  Hosts hosts(1);
  Running proxy(bootstrap_of(hosts, {.manager = log.field()}));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::string large(61 * 1024, 'x');
  client.ended(client.request("GET", "/", std::vector<policies::HeaderField>(101, {"a", "b"})));
  client.ended(client.request("GET", "/", {{"large", large}}));
  client.ended(client.request("GET", "/", {{"a", "\1"}}));
  client.ended(client.request("GET", "/", {{"content-length", "5"}}));
  const std::int32_t id = client.request("POST", "/", {}, false);
  hosts.serve("");
  client.http2().send_trailers(*client.seen(id).stream, {{"t", "\1"}});
  client.ended(id);
  const std::int32_t cut = client.request("POST", "/", {{"content-length", "5"}}, false);
  hosts.serve("");
  client.body(cut, "ab", true);
  client.ended(cut);
  proxy.stop();
  EXPECT_EQ(log.take(),
            "0 DR http2.too_many_headers HTTP/2\n"
            "0 DR http2.header_list_size_too_large HTTP/2\n"
            "0 DPE http2.invalid.header.field HTTP/2\n"
            "0 DPE http2.violation.of.messaging.rule HTTP/2\n"
            "0 DPE http2.invalid.header.field HTTP/2\n"
            "0 DPE http2.remote_reset HTTP/2\n");
}

/// Likewise: all its streams have ended, that of a frame which cannot be for its own reason.
TEST(Http2Clients, TheAccessLogSaysThatAConnectionBrokeTheProtocol) {
  const Log log;
  Hosts hosts(1);
  Running proxy(bootstrap_of(hosts, {.manager = log.field()}));
  const std::string ping("\0\0\1\6\0\0\0\0\0x", 10);            // of one byte
  const std::string window("\0\0\4\10\0\0\0\0\1\0\0\0\0", 13);  // of stream 1: by 0
  const std::string half("\0\0\1\1\0\0\0\0\3\203", 10);         // the first of a head
  for (const std::string& frames : {ping, window, half + ping, half}) {
    Http2Peer client = Http2Peer::to(proxy.address());
    client.request("GET", "/");
    hosts.serve("");
    EXPECT_GT(::send(client.fd(), frames.data(), frames.size(), MSG_NOSIGNAL), 0);
    ::shutdown(client.fd(), SHUT_WR);
    EXPECT_EQ(hosts.last().read_until(""), "");
    EXPECT_TRUE(client.until([&] { return client.closed(); }));
  }
  const std::string stats = proxy.admin("/stats");
  EXPECT_TRUE(stats.contains("http.test.downstream_cx_protocol_error: 3\n")) << stats;
  EXPECT_TRUE(stats.contains("http.test.downstream_rq_total: 6\n")) << stats;  // two were half
  EXPECT_TRUE(stats.contains("http.test.downstream_rq_active: 0\n")) << stats;
  EXPECT_TRUE(stats.contains("http.test.downstream_rq_rx_reset: 6\n")) << stats;
  proxy.stop();
  const std::string broken = "0 DPE codec_error:The_user_callback_function_failed HTTP/2\n";
  const std::string left = "0 DC downstream_remote_disconnect HTTP/2\n";
  EXPECT_EQ(log.take(),
            broken + "0 DPE http2.unknown.nghttp2.error HTTP/2\n" + broken + broken + left + left);
}

TEST(Http2Clients, APathMayHaveBytesThatAreNoAscii) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("GET", "/\303\251");
  EXPECT_TRUE(hosts.serve(kHello).starts_with("GET /\303\251 HTTP/1.1\r\n"));
  EXPECT_EQ(client.ended(id).status, 200);
}

/// Head, body and the end of it came in one turn.
TEST(Http2Clients, AResponseThatBreaksAtOnceIsSentUpToThere) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("GET", "/");
  hosts.serve("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n");
  const SeenStream& cut = client.ended(id);
  EXPECT_EQ(cut.status, 200);
  EXPECT_EQ(cut.body, "half");
  EXPECT_EQ(cut.code, static_cast<std::uint32_t>(Http2Code::kInternalError));
}

TEST(Http2Clients, LargeBodiesPassWholeBothWays) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  const std::string body(3'000'000, 'x');
  std::thread host([&] {
    hosts.serve("", "\r\n\r\n");
    std::size_t size = 0;
    char bytes[65536];
    while (size < body.size()) {
      const ssize_t count = ::recv(hosts.last().fd(), bytes, sizeof bytes, 0);
      if (count <= 0) break;
      size += static_cast<std::size_t>(count);
      if (std::string_view(bytes, static_cast<std::size_t>(count)).ends_with("0\r\n\r\n")) break;
    }
    hosts.last().send("HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n" + body);
  });
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("POST", "/", {}, false);
  client.body(id, body, true);
  EXPECT_EQ(client.ended(id).body, body);
  host.join();
}

TEST(Http2Clients, WhatAClientDoesNotReadIsNotReadFromTheHost) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("GET", "/");
  client.withholds = id;
  hosts.serve("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  std::size_t sent = 0;
  for (ssize_t count = 1; count > 0 && sent < std::size_t{64} << 20;
       sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0))) {
    pollfd room{hosts.last().fd(), POLLOUT, 0};
    if (::poll(&room, 1, 200) != 1) break;
    count = ::send(hosts.last().fd(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  EXPECT_LT(sent, std::size_t{64} << 20);
  EXPECT_EQ(client.ended(client.request("GET", "/direct")).body, "hello");  // others go on
  EXPECT_FALSE(client.seen(id).ended);
}

}  // namespace
}  // namespace squall::proxy
