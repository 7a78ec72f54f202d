#include "proxy/http2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/proxy/http2_peer.h"

namespace squall::proxy {
namespace {

/// Two ends of one connection.
struct Pair {
  explicit Pair(const Http2Limits& server_limits = {}, const Http2Limits& client_limits = {}) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    client.emplace(Fd(ends[0]), Http2::Role::kClient, client_limits);
    server.emplace(Fd(ends[1]), Http2::Role::kServer, server_limits);
  }
  std::optional<Http2Peer> client, server;
};

TEST(Http2, ARequestAndItsAnswerPassWithBodiesAndTrailers) {
  Pair pair;
  const std::int32_t id =
      pair.client->request("POST", "/x", {{"te", "trailers"}, {"a", "b"}}, false);
  pair.client->http2().send_body(*pair.client->seen(id).stream, "body", false);
  pair.client->http2().send_trailers(*pair.client->seen(id).stream, {{"t", "1"}});
  pair.client->send();
  ASSERT_EQ(pair.server->next_request(), id);
  const SeenStream& request = pair.server->seen(id);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/x");
  EXPECT_EQ(request.authority, "shop");
  EXPECT_EQ(request.header("te"), "trailers");
  EXPECT_EQ(request.header("a"), "b");
  EXPECT_EQ(request.body, "body");
  EXPECT_EQ(request.trailers, (std::vector<std::pair<std::string, std::string>>{{"t", "1"}}));

  pair.server->answer(id, 200, {{"grpc", "yes"}}, "answer", false);
  pair.server->http2().send_trailers(*pair.server->seen(id).stream, {{"grpc-status", "14"}});
  pair.server->send();
  const SeenStream& answer = pair.client->ended(id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("grpc"), "yes");
  EXPECT_EQ(answer.body, "answer");
  EXPECT_EQ(answer.trailers,
            (std::vector<std::pair<std::string, std::string>>{{"grpc-status", "14"}}));
}

TEST(Http2, AnInterimResponseIsNotTheAnswer) {
  Pair pair;
  const std::int32_t id = pair.client->request("GET", "/");
  ASSERT_EQ(pair.server->next_request(), id);
  pair.server->http2().send_interim(*pair.server->seen(id).stream, 103);
  pair.server->answer(id, 204);
  const SeenStream& answer = pair.client->ended(id);
  EXPECT_EQ(answer.status, 204);
}

TEST(Http2, WhatBelongsToAnHttp1ConnectionIsLeftOut) {
  Pair pair;
  const std::int32_t id = pair.client->request(
      "GET", "/", {{"transfer-encoding", "chunked"}, {"keep-alive", "5"}, {"te", "gzip"}});
  ASSERT_EQ(pair.server->next_request(), id);
  EXPECT_TRUE(pair.server->seen(id).headers.empty());
}

TEST(Http2, CookiesInPiecesAreOneHeader) {
  Pair pair;
  const std::int32_t id =
      pair.client->request("GET", "/", {{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}});
  ASSERT_EQ(pair.server->next_request(), id);
  EXPECT_EQ(pair.server->seen(id).header("cookie"), "a=1; b=2");
  EXPECT_EQ(pair.server->seen(id).headers.size(), 2U);
}

TEST(Http2, ACookieIsTheLastFieldAndBeginsWithWhatIsNotEmpty) {
  Pair pair;
  const std::int32_t id = pair.client->request(
      "GET", "/", {{"cookie", ""}, {"cookie", "a"}, {"cookie", ""}, {"x", "y"}, {"cookie", "b"}});
  ASSERT_EQ(pair.server->next_request(), id);
  EXPECT_EQ(pair.server->seen(id).headers.back(),
            (std::pair<std::string, std::string>{"cookie", "a; ; b"}));
  const std::int32_t empty = pair.client->request("GET", "/", {{"cookie", ""}});
  ASSERT_EQ(pair.server->next_request(), empty);
  EXPECT_TRUE(pair.server->seen(empty).headers.empty());
}

TEST(Http2, PiecesOfACookieAndPseudoHeadersCountAsFields) {
  Http2Limits limits;
  limits.fields = 10;
  Pair pair(limits);
  const std::vector<policies::HeaderField> six(6, {"cookie", "a"});
  const std::int32_t taken = pair.client->request("GET", "/", six);
  EXPECT_EQ(pair.server->next_request(), taken);
  const std::vector<policies::HeaderField> seven(7, {"cookie", "a"});
  const std::int32_t refused = pair.client->request("GET", "/", seven);
  EXPECT_TRUE(pair.server->until([&] { return pair.server->seen(refused).closed; }));
  EXPECT_FALSE(pair.server->seen(refused).head);
}

TEST(Http2, BlanksAroundAValueAreKept) {
  Pair pair;
  const std::int32_t id = pair.client->request("GET", "/", {{"a", " b "}, {"c", "\td"}});
  ASSERT_EQ(pair.server->next_request(), id);
  EXPECT_EQ(pair.server->seen(id).header("a"), " b ");
  EXPECT_EQ(pair.server->seen(id).header("c"), "\td");
}

TEST(Http2, AUserInAnAuthorityResetsTheStream) {
  Pair pair;
  policies::KeptRequest request;
  request.authority = "user@shop";
  request.path = "/";
  const std::int32_t id = pair.client->http2().open(request, true, 1)->id;
  pair.client->send();
  EXPECT_TRUE(pair.server->until([&] { return pair.server->seen(id).closed; }));
  EXPECT_FALSE(pair.server->seen(id).head);
  EXPECT_TRUE(pair.client->until([&] { return pair.client->seen(id).closed; }));
  EXPECT_EQ(pair.client->seen(id).code, static_cast<std::uint32_t>(Http2Code::kProtocolError));
}

TEST(Http2, ABodyWaitsForTheWindowUntilItIsConsumed) {
  Http2Limits limits;
  limits.stream_window = 65'535;
  Pair pair(limits);
  pair.client->request("GET", "/");  // settings first: the window before them is the protocol's own
  pair.server->next_request();
  pair.server->answer(1, 200);
  pair.client->ended(1);

  const std::int32_t id = pair.client->request("POST", "/", {}, false);
  pair.server->withholds = id;
  const std::string body(200'000, 'x');
  pair.client->body(id, body, true);
  ASSERT_TRUE(pair.server->until([&] { return pair.server->seen(id).body.size() == 65'535; }));
  EXPECT_EQ(pair.client->seen(id).stream->out.size(), body.size() - 65'535);
  for (std::size_t done = 65'535; done < body.size();) {
    Http2Stream* stream = pair.server->seen(id).stream;
    ASSERT_NE(stream, nullptr);
    pair.server->http2().consume(*stream, 65'535);
    pair.server->send();
    done = std::min(done + 65'535, body.size());
    ASSERT_TRUE(pair.client->until(
        [&] { return pair.client->seen(id).stream->out.size() == body.size() - done; }));
    ASSERT_TRUE(pair.server->until([&] { return pair.server->seen(id).body.size() == done; }));
  }
  EXPECT_EQ(pair.server->seen(id).body, body);
  EXPECT_TRUE(pair.server->seen(id).ended);
}

TEST(Http2, AResetSaysWhy) {
  Pair pair;
  const std::int32_t id = pair.client->request("GET", "/");
  ASSERT_EQ(pair.server->next_request(), id);
  pair.server->reset(id, Http2Code::kRefusedStream);
  const SeenStream& seen = pair.client->ended(id);
  EXPECT_TRUE(seen.closed);
  EXPECT_EQ(seen.code, static_cast<std::uint32_t>(Http2Code::kRefusedStream));
}

TEST(Http2, WhatWasSaidOfAResponseGoesBeforeItsReset) {
  Pair pair;
  const std::int32_t id = pair.client->request("GET", "/");
  ASSERT_EQ(pair.server->next_request(), id);
  Http2Stream& stream = *pair.server->seen(id).stream;
  pair.server->http2().send_head(stream, 200, {}, false);
  pair.server->http2().send_body(stream, "half", false);
  pair.server->reset(id, Http2Code::kInternalError);
  ASSERT_TRUE(pair.client->until([&] { return pair.client->seen(id).closed; }));
  EXPECT_EQ(pair.client->seen(id).status, 200);
  EXPECT_EQ(pair.client->seen(id).body, "half");
  EXPECT_EQ(pair.client->seen(id).code, static_cast<std::uint32_t>(Http2Code::kInternalError));
}

TEST(Http2, AResetAfterTheClientsOwnIsNoneAtAll) {
  Pair pair;
  const std::int32_t id = pair.client->request("GET", "/");
  ASSERT_EQ(pair.server->next_request(), id);
  Http2Stream& stream = *pair.server->seen(id).stream;
  pair.server->http2().reset(stream, Http2Code::kInternalError);
  const std::string cancel("\0\0\4\3\0\0\0\0\1\0\0\0\10", 13);
  EXPECT_TRUE(pair.server->http2().receive(cancel));
  ByteQueue out;
  pair.server->http2().produce(out, kFramesAtOnce);
  EXPECT_TRUE(out.empty());
}

TEST(Http2, ARequestThatIsGivenUpBeforeItWasSentNeverLeaves) {
  Pair pair;
  policies::KeptRequest request;
  request.authority = "shop";
  request.path = "/";
  Http2Stream* stream = pair.client->http2().open(request, true, 1);
  pair.client->http2().reset(*stream, Http2Code::kCancel);
  pair.client->send();
  const std::int32_t id = pair.client->request("GET", "/next");
  EXPECT_EQ(pair.server->next_request(), id);
  EXPECT_EQ(pair.server->seen(id).path, "/next");
  EXPECT_TRUE(pair.client->seen(1).closed);
}

TEST(Http2, AnAnswerBeforeTheEndOfTheRequestIsWholeBeforeTheReset) {
  Pair pair;
  const std::int32_t id = pair.client->request("POST", "/", {}, false);
  ASSERT_EQ(pair.server->next_request(false), id);
  const std::string body(100'000, 'x');
  Http2Stream& stream = *pair.server->seen(id).stream;
  pair.server->http2().send_head(stream, 413, {}, false);
  pair.server->http2().send_body(stream, body, true);
  pair.server->http2().reset_when_sent(stream);
  pair.server->send();
  ASSERT_TRUE(pair.client->until([&] {
    pair.server->until([] { return true; });
    return pair.client->seen(id).body.size() >= 65'535;
  }));
  std::thread server([&] { pair.server->until([&] { return pair.server->seen(id).closed; }); });
  ASSERT_TRUE(pair.client->until([&] { return pair.client->seen(id).closed; }));
  server.join();
  EXPECT_EQ(pair.client->seen(id).body, body);
  EXPECT_EQ(pair.client->seen(id).code, static_cast<std::uint32_t>(Http2Code::kNoError));
}

TEST(Http2, SettingsTellHowManyStreamsThePeerTakes) {
  Http2Limits limits;
  limits.streams = 2;
  Pair pair(limits);
  pair.server->send();
  std::uint32_t streams = 0;
  char bytes[1024];
  const ssize_t count = ::recv(pair.client->fd(), bytes, sizeof bytes, 0);
  pair.client->http2().receive({bytes, static_cast<std::size_t>(count)});
  while (const auto event = pair.client->http2().next_event()) {
    if (event->kind == Http2Event::Kind::kSettings) streams = event->code;
  }
  EXPECT_EQ(streams, 2U);
}

TEST(Http2, GoAwayRefusesWhatItHasNotSeen) {
  Pair pair;
  const std::int32_t first = pair.client->request("GET", "/1");
  ASSERT_EQ(pair.server->next_request(), first);
  pair.server->http2().go_away(true);
  pair.server->send();
  const std::int32_t second = pair.client->request("GET", "/2");
  ASSERT_TRUE(pair.client->until([&] { return pair.client->going_away(); }));
  EXPECT_TRUE(pair.client->seen(second).closed);
  EXPECT_EQ(pair.client->seen(second).code, static_cast<std::uint32_t>(Http2Code::kRefusedStream));
  EXPECT_FALSE(pair.client->seen(first).closed);
  pair.server->answer(first, 200);
  EXPECT_EQ(pair.client->ended(first).status, 200);
}

TEST(Http2, AHeadBeyondTheLimitsResetsItsStreamOnly) {
  Pair pair;
  std::vector<policies::HeaderField> many(101, {"x", "y"});
  const std::string large(61 * 1024, 'x');
  for (const auto& headers : {many, {{"large", large}}}) {
    const std::int32_t id = pair.client->request("GET", "/", headers);
    pair.server->until([&] { return pair.server->seen(id).closed; });
    EXPECT_FALSE(pair.server->seen(id).head);
    pair.client->until([&] { return pair.client->seen(id).closed; });
  }
  const std::int32_t id = pair.client->request("GET", "/");
  EXPECT_EQ(pair.server->next_request(), id);
}

TEST(Http2, AHeadMayBeAsLargeAsTheOtherSideTakes) {
  Http2Limits limits;
  limits.head_bytes = std::size_t{128} * 1024;
  Pair pair({}, limits);
  const std::int32_t id = pair.client->request("GET", "/");
  ASSERT_EQ(pair.server->next_request(), id);
  const std::string large(80 * 1024, '`');  // nothing is saved by coding it: nghttp2 takes 64 KiB
  pair.server->answer(id, 200, {{"a", large.substr(0, 40 * 1024)}, {"b", large.substr(40 * 1024)}});
  EXPECT_EQ(pair.client->ended(id).status, 200);
}

TEST(Http2, WhatIsNotHttp2IsRefused) {
  Http2 server(Http2::Role::kServer, {});
  EXPECT_FALSE(server.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  Http2 other(Http2::Role::kServer, {});
  const std::string frame("\0\0\1\6\0\0\0\0\0x", 10);  // a PING of one byte
  EXPECT_TRUE(
      other.receive(std::string(kHttp2Preface) + std::string("\0\0\0\4\0\0\0\0\0", 9) + frame));
  ByteQueue out;
  other.produce(out, 1 << 20);
  EXPECT_TRUE(other.failed());
}

}  // namespace
}  // namespace squall::proxy
