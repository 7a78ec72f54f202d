// Client: one connection from a client, and the request on it; on HTTP/2, one for the connection
// and one for each of its streams.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decisions/recorded.h"
#include "policies/exchange.h"
#include "policies/http2_keepalive.h"
#include "proxy/byte_queue.h"
#include "proxy/http1_body.h"
#include "proxy/http1_head.h"
#include "proxy/http2.h"
#include "proxy/socket.h"

namespace squall::proxy {

/// What goes on of a response by and by.
struct HeldResponse {
  ByteQueue body;
  bool has_trailers = false;
  policies::KeptResponse trailers;  // their fields
};

struct Client {
  enum class State : std::uint8_t {
    kHead,       // between requests, or inside a head
    kBody,       // inside a request's body
    kWaiting,    // the request is here, its response is not all out
    kLingering,  // the response is out, the rest of the request is read over
  };
  enum class End : std::uint8_t {  // once all is sent
    kNone,
    kClose,
    kLinger,  // no more comes: the client may close, or is closed after a while
    kCut,     // as kLinger, but the client is not told: its response stops in the middle
  };

  enum class Codec : std::uint8_t { kUnknown, kHttp1, kHttp2 };

  std::uint32_t index = kNone, generation = 0;
  Fd socket;  // none: a stream of HTTP/2
  Codec codec = Codec::kUnknown;
  std::unique_ptr<Http2> http2;              // of a connection of HTTP/2
  policies::Http2Pings pings;                // likewise
  std::uint32_t connection = kNone;          // of a stream: its connection's slot
  Http2Stream* stream = nullptr;             // null: it has ended, or this is none
  decisions::RecordedDownstream downstream;  // of a connection
  std::uint32_t listener = 0;
  Ends ends;

  State state = State::kHead;
  End end = End::kNone;
  bool blocked = false;      // the socket takes no more for the moment
  bool input_waits = false;  // the socket may have more, but reading was paused
  bool dirty = false;        // in the shell's list of what is to be flushed
  bool spoke = false;        // HTTP/1.1: a request has begun
  ByteQueue in;              // read, not taken yet
  ByteQueue out;

  // The request at hand.
  HeadScanner scanner;
  Framing framing;
  BodyReader body;
  policies::KeptRequest received;
  policies::RequestId request;
  std::string upstream_local;          // of its latest attempt's connection; empty: there was none
  std::string_view upstream_protocol;  // likewise
  bool at_worker = false;
  bool counted = false;       // among the requests under way
  policies::Refusal refused;  // why it is not served to its end; status 0: it is
  bool keeping = false;       // its body may be needed again
  ByteQueue kept;             // its body so far, while `keeping`
  std::uint64_t keep_limit = 0;
  std::string_view piece;  // of its body, while the worker is told of it
  std::uint64_t bytes_received = 0;
  Instant began{}, received_at{};  // its first byte, its last

  // Its response.
  policies::KeptResponse response;
  std::uint32_t upstream = kNone;      // whose response is being forwarded
  Http2Stream* source = nullptr;       // on HTTP/2, which stream of it
  std::unique_ptr<HeldResponse> held;  // null: there is nothing
  bool response_began = false;
  bool chunked = false;
  bool close_after = false;
  std::uint64_t bytes_sent = 0;
  Instant response_at{};

  bool is_stream() const { return connection != kNone; }
  bool speaks_http2() const { return codec == Codec::kHttp2; }
  /// As new, but with the memory that it had.
  void reset();
};

}  // namespace squall::proxy
