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
#include <utility>
#include <vector>

#include "policies/exchange.h"
#include "proxy/byte_queue.h"
#include "proxy/http2_stream.h"

struct nghttp2_session;

namespace squall::proxy {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Frames that are made at a time.
inline constexpr std::size_t kFramesAtOnce = std::size_t{64} * 1024;

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
  /// Server: what can go of its response does so before.
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
  bool submit_resets();

  Role role_;
  Http2Limits limits_;
  nghttp2_session* session_ = nullptr;
  Slab<Http2Stream> streams_;
  std::vector<Http2Event> events_;
  std::size_t next_ = 0;
  Http2Stream* closing_ = nullptr;
  std::vector<std::pair<std::int32_t, Http2Code>> resets_;  // to be submitted; by streams' numbers
  bool failed_ = false;
  bool draining_ = false;
};

}  // namespace squall::proxy
