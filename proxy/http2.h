// Http2: one HTTP/2 connection, from bytes to events and back, at either end.
//
// What came is a list of events that its owner takes after each receive() and produce(), so that
// nothing is called back; a stream's record lives until its kClosed has been taken. Bodies to be
// sent wait in the stream's queue for the peer's windows; bodies that came open our windows only as
// the owner says so (consume). What breaks HTTP/2 ends the stream or, as failed() tells, the
// connection. Framing, HPACK and flow control are nghttp2's, which allocates a few times a stream.
// Source: RFC 9113; limits on floods (resets, pings, settings, continuations) are nghttp2's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "policies/exchange.h"
#include "proxy/byte_queue.h"

struct nghttp2_session;

namespace squall::proxy {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Frames that are made at a time.
inline constexpr std::size_t kFramesAtOnce = std::size_t{64} * 1024;

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
  bool head_done = false, cookies = false;
  std::size_t head_bytes = 0;
  // What goes.
  ByteQueue out;
  std::vector<policies::HeaderField> out_trailers;  // texts are the owner's until they are sent
  TextArena out_text;
  bool out_ended = false, deferred = false, sent_trailers = false;
  bool reset_when_sent = false;
  bool refused = false;  // it never reached the peer
  bool malformed = false, oversized = false, closed = false;

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

class Http2 {
 public:
  enum class Role : std::uint8_t { kServer, kClient };
  Http2(Role role, const Http2Limits& limits);
  ~Http2();
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  /// False: the connection cannot go on, and nothing can be said any more.
  bool receive(std::string_view bytes);
  /// The next thing that came; none: all taken. A record of a kClosed goes with the next call.
  std::optional<Http2Event> next_event();

  /// Client: a request, whose body follows unless it has ended. Null: the connection takes no more.
  Http2Stream* open(const policies::KeptRequest& request, bool end, std::uint64_t tag);
  /// Server: an interim response; a response, whose body follows unless it has ended.
  void send_interim(Http2Stream& stream, std::uint16_t status);
  void send_head(Http2Stream& stream, std::uint16_t status,
                 const std::vector<policies::HeaderField>& headers, bool end);
  void send_body(Http2Stream& stream, std::string_view bytes, bool end);
  /// Ends it; the fields are copied.
  void send_trailers(Http2Stream& stream, const std::vector<policies::HeaderField>& fields);
  void reset(Http2Stream& stream, Http2Code code);
  /// Server: what the client still sends of the request is not wanted once the response is out.
  void reset_when_sent(Http2Stream& stream);
  /// Opens the windows by bytes that came.
  void consume(Http2Stream& stream, std::uint64_t bytes);
  void ping();
  /// Server: no new streams; `final`: those not yet seen are refused, else it is a notice.
  void go_away(bool final);

  /// Frames that are to be sent, as long as `out` holds less than `most`.
  void produce(ByteQueue& out, std::size_t most);
  /// A peer that broke the protocol has been told so; the connection is to be closed.
  bool failed() const { return failed_; }
  /// Nothing will come or go any more.
  bool over() const;
  Slab<Http2Stream>& streams() { return streams_; }

 private:
  friend struct Http2Callbacks;
  friend struct Http2Output;
  Http2Stream& take(std::int32_t id);
  void note(Http2Event::Kind kind, Http2Stream* stream, std::uint32_t code = 0, bool end = false);

  Role role_;
  Http2Limits limits_;
  nghttp2_session* session_ = nullptr;
  Slab<Http2Stream> streams_;
  std::vector<Http2Event> events_;
  std::size_t next_ = 0;
  Http2Stream* closing_ = nullptr;
  bool failed_ = false;
  bool draining_ = false;
};

}  // namespace squall::proxy
