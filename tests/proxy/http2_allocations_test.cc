// What a request over HTTP/2 allocates once all has grown: nghttp2's own records, a stream's on
// each side, its frames and their fields.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/proxy/http2_peer.h"
#include "tests/support/allocations.h"

namespace squall::proxy {
namespace {

/// Two ends in memory.
struct Ends {
  Http2 client{Http2::Role::kClient, {}};
  Http2 server{Http2::Role::kServer, {}};
  ByteQueue wire;
  policies::KeptRequest request;
  std::vector<policies::HeaderField> headers = {{"content-type", "text/plain"}, {"x-a", "b"}};

  Ends() {
    request.authority = "shop";
    request.path = "/x";
    request.headers = {{"x-request-id", "0123456789abcdef"}, {"x-forwarded-proto", "http"}};
  }
  void carry(Http2& from, Http2& to) {
    from.produce(wire, kFramesAtOnce);
    to.receive(wire.view());
    wire.clear();
  }
  /// One request with a body and its answer with one.
  bool exchange() {
    Http2Stream* const stream = client.open(request, false, 1);
    client.send_body(*stream, "body", true);
    carry(client, server);
    std::string_view body;
    while (const auto event = server.next_event()) {
      if (event->kind == Http2Event::Kind::kHead) {
        server.send_head(*event->stream, 200, headers, false);
        server.send_body(*event->stream, "answer", true);
      } else if (event->kind == Http2Event::Kind::kData) {
        server.consume(*event->stream, event->data.size());
      }
    }
    carry(server, client);
    bool answered = false;
    while (const auto event = client.next_event()) {
      if (event->kind != Http2Event::Kind::kData) continue;
      answered = answered || event->end;
      client.consume(*event->stream, event->data.size());
    }
    while (server.next_event()) continue;
    return answered;
  }
};

TEST(Http2Allocations, ACookieInManyPiecesIsJoinedOnce) {
  if (!squall::testing::counts_allocations()) GTEST_SKIP() << "a sanitizer has its own malloc";
  Http2 client(Http2::Role::kClient, {});
  Http2 server(Http2::Role::kServer, {.fields = 4000});
  policies::KeptRequest request;
  request.authority = "shop";
  request.path = "/";
  request.headers.assign(3000, {"cookie", "a"});
  client.open(request, true, 1);
  ByteQueue wire;
  client.produce(wire, kFramesAtOnce);
  const std::uint64_t before = squall::testing::allocations();
  EXPECT_TRUE(server.receive(wire.view()));
  EXPECT_LT(squall::testing::allocations() - before, 3000U + 200);  // nghttp2 has one a piece
  std::size_t size = 0;
  while (const auto event = server.next_event()) {
    if (event->kind == Http2Event::Kind::kHead)
      size = event->stream->head.headers.front().value.size();
  }
  EXPECT_EQ(size, 3000U + 2999U * 2);
}

TEST(Http2Allocations, ARequestCostsSoManyAndNoMoreWithTime) {
  if (!squall::testing::counts_allocations()) GTEST_SKIP() << "a sanitizer has its own malloc";
  Ends ends;
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(ends.exchange());
  const std::uint64_t before = squall::testing::allocations();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(ends.exchange());
  const std::uint64_t each = (squall::testing::allocations() - before) / 200;
  RecordProperty("allocations", static_cast<int>(each));
  EXPECT_LE(each, 10U);
}

}  // namespace
}  // namespace squall::proxy
