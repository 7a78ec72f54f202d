// HTTP/2 from a hostile peer, at either end: frames in pieces, with an owner that answers, resets
// and lets go as the bytes say. Every event names a stream that lives; every stream ends once.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "proxy/http2.h"

namespace {

using namespace squall::proxy;

struct Owner {
  explicit Owner(Http2::Role role)
      : http2(role, {.streams = 8}), server(role == Http2::Role::kServer) {}

  void take_events(std::uint8_t mood) {
    while (const auto event = http2.next_event()) {
      if (event->stream == nullptr) continue;
      Http2Stream& stream = *event->stream;
      if (stream.index == squall::kNone) std::abort();
      switch (event->kind) {
        case Http2Event::Kind::kHead:
          if (!live.insert(&stream).second && server) std::abort();
          if (server) answer(stream, mood);
          break;
        case Http2Event::Kind::kData:
          bytes += event->data.size();
          if ((mood & 1) == 0) http2.consume(stream, event->data.size());
          break;
        case Http2Event::Kind::kClosed:
          live.erase(&stream);
          break;
        default:
          break;
      }
    }
  }
  void answer(Http2Stream& stream, std::uint8_t mood) {
    if ((mood & 2) != 0) return http2.reset(stream, Http2Code::kCancel);
    http2.send_head(stream, 200, {{"a", "b"}}, (mood & 4) != 0);
    if ((mood & 4) != 0) return;
    http2.send_body(stream, "body", false);
    if ((mood & 8) != 0) http2.reset_when_sent(stream);
    http2.send_trailers(stream, {{"t", "1"}});
  }

  Http2 http2;
  bool server;
  std::set<Http2Stream*> live;
  std::size_t bytes = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const bool server = (data[0] & 128) == 0;
  const std::size_t step = data[0] % 64 + 1;
  const std::uint8_t mood = data[1];
  std::string bytes(server ? kHttp2Preface : "");
  bytes += std::string("\0\0\0\4\0\0\0\0\0", 9);
  bytes.append(reinterpret_cast<const char*>(data) + 2, size - 2);
  Owner owner(server ? Http2::Role::kServer : Http2::Role::kClient);
  if (!server) {
    squall::policies::KeptRequest request;
    request.authority = "a";
    request.path = "/";
    for (int i = 0; i < 3; ++i) {
      Http2Stream* stream = owner.http2.open(request, i != 1, 1);
      if (i == 1 && stream != nullptr) owner.http2.send_body(*stream, "x", (mood & 16) != 0);
    }
  }
  ByteQueue out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const bool good = owner.http2.receive(std::string_view(bytes).substr(at, step));
    owner.take_events(mood);
    owner.http2.produce(out, kFramesAtOnce);
    out.clear();
    owner.take_events(mood);
    if (!good || owner.http2.failed()) return 0;
  }
  return 0;
}
