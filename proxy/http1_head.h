// HTTP/1.1 heads: what does a client ask, what does an upstream answer, and how long is the body?
//
// Strict where leniency lets a request mean two things to two readers: bare CR or LF, a space
// before the colon, folded lines, repeated Host or Content-Length, a length beside a transfer
// coding are refused. Names become lower-case in place; connection headers (connection and what it
// names, keep-alive, te, upgrade, ...) are acted on and left out. Source: RFC 9110, RFC 9112; what
// is answered to a refused request: Envoy 1.40's HTTP/1 codec. Cost: linear, no allocation once the
// list of fields has grown.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "policies/exchange.h"
#include "proxy/refusal.h"

namespace squall::proxy {

inline constexpr std::size_t kMostHeadBytes = std::size_t{60} * 1024;
inline constexpr std::size_t kMostAnswerHeadBytes = std::size_t{80} * 1024;
inline constexpr std::size_t kMostFields = 100;

enum class BodyKind : std::uint8_t { kNone, kLength, kChunked, kUntilClose };
struct Framing {
  BodyKind body = BodyKind::kNone;
  std::uint64_t length = 0;  // kLength
  bool keep_alive = true;
  bool expects_continue = false;
  bool http2_upgrade = false;  // asked for; an offer that may be ignored
};

/// May it stand in a field's name?
bool is_token_char(char c);
/// Can it begin a request? The first byte tells of most that speak another protocol.
bool begins_method(char c);

/// Looks for the end of a head; call again with more bytes.
class HeadScanner {
 public:
  /// Bytes of the head with its empty line; 0: not all there. `error`: it cannot become one.
  std::size_t find_end(std::string_view bytes, HeadError& error, std::size_t most = kMostHeadBytes);
  void reset() { scanned_ = 0; }

 private:
  std::size_t scanned_ = 0;  // bytes before it hold no end
};

/// Reads a whole request head, changing it; the fields of `request` then point into it. The first
/// Host becomes its authority.
HeadError read_request_head(std::span<char> head, policies::KeptRequest& request, Framing& framing,
                            std::size_t most_fields = kMostFields);

struct AnswerHead {
  std::uint16_t status = 0;
  std::vector<policies::HeaderField> headers;
  Framing framing;
};
/// Reads a whole response head. `to_head`: it answers a HEAD request and has no body.
HeadError read_response_head(std::span<char> head, bool to_head, AnswerHead& answer);

}  // namespace squall::proxy
