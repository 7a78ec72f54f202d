// Http2Stream: one stream of an HTTP/2 connection, and what can happen on it.
//
// The record is Http2's (proxy/http2.h); the owner of the connection reads it and has a tag and a
// count of its own in it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policies/exchange.h"
#include "proxy/byte_queue.h"

namespace squall::proxy {

/// Error codes of RST_STREAM and GOAWAY that we send or tell apart; others are values of their own.
enum class Http2Code : std::uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kInternalError = 2,
  kRefusedStream = 7,
  kCancel = 8,
};

/// What the peer may send.
struct Http2Limits {
  std::uint32_t streams = 1024;  // at once, when we are the server
  std::uint32_t stream_window = 256 * 1024;
  std::uint32_t connection_window = 1024 * 1024;
  std::size_t head_bytes = std::size_t{60} * 1024;
  std::size_t fields = 100;
};

/// What the peer did wrong on a stream, which ended it.
enum class Http2Fault : std::uint8_t {
  kNone,
  kField,       // no message may have it
  kMessage,     // its fields, or they and its body, do not make one
  kManyFields,  // more than the limits say
  kLargeHead,   // likewise
  kFrame,       // a frame that cannot be
};

struct Http2Stream {
  static constexpr std::uint64_t kNoTag = ~std::uint64_t{0};
  std::uint32_t index = kNone, generation = 0;  // the slab's
  std::int32_t id = 0;
  std::uint64_t tag = kNoTag;  // the owner's; kNoTag: nobody asks for its events
  std::uint64_t withheld = 0;  // the owner's: bytes that came and are not consumed yet
  // What came. Fields of the last whole head, then of the trailers.
  std::uint16_t status = 0;
  policies::KeptRequest head, trailers;
  std::optional<std::uint64_t> length;  // its content-length
  bool head_done = false;
  std::size_t head_bytes = 0, fields = 0;  // of the head that is coming, pseudo-headers too
  // What goes.
  ByteQueue out;
  std::vector<policies::HeaderField> out_trailers;  // texts are the owner's until they are sent
  TextArena out_text;
  bool out_ended = false, deferred = false, sent_trailers = false;
  bool reset_when_sent = false;
  bool refused = false;  // it never reached the peer
  bool closed = false;
  Http2Fault fault = Http2Fault::kNone;

  void reset();
};

struct Http2Event {
  enum class Kind : std::uint8_t {
    kHead,      // a request's or a final response's
    kInterim,   // `code`: the status of a response that is not the final one
    kData,      // valid until the bytes given to receive() go; to be consumed
    kTrailers,  // the end
    kClosed,    // by both sides, or reset: `code`. The record goes when the event has been taken
    kSettings,  // `code`: streams that the peer takes at once
    kGoAway,    // the peer takes no new streams
    kPong,      // it answers a ping
    kSent,      // the head of our request has left
    kDrained,   // some of the stream's queue has left
  };
  Kind kind{};
  bool end = false;  // nothing follows
  std::uint32_t code = 0;
  Http2Stream* stream = nullptr;
  std::string_view data{};
};

}  // namespace squall::proxy
