// HTTP/1.1 from either side, in pieces: heads and bodies end where they end, however the bytes
// come.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proxy/http1_body.h"
#include "proxy/http1_head.h"

namespace {

using namespace squall::proxy;

/// What a reader of whole bytes and one of small pieces must agree on.
struct Seen {
  std::string body;
  std::size_t consumed = 0;
  BodyReader::State state = BodyReader::State::kMore;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen read_body(const Framing& framing, std::string_view bytes, std::size_t step) {
  BodyReader reader;
  reader.start(framing);
  Seen seen;
  for (std::size_t end = 0; end < bytes.size() && seen.state == BodyReader::State::kMore;) {
    end = std::min(bytes.size(), end + step);
    for (;;) {
      const auto piece = reader.read(bytes.substr(seen.consumed, end - seen.consumed));
      seen.body += piece.data;
      seen.consumed += piece.consumed;
      seen.state = piece.state;
      if (piece.state != BodyReader::State::kMore || piece.consumed == 0) break;
    }
  }
  return seen;
}

std::size_t find_end(std::string_view bytes, std::size_t step, HeadError& error) {
  HeadScanner scanner;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + step);
    const std::size_t size = scanner.find_end(bytes.substr(0, end), error);
    if (size > 0 || error != HeadError::kNone) return size;
  }
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 7 + 1;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  HeadError error{}, piecewise{};
  const std::size_t head = find_end(bytes, bytes.size() + 1, error);
  if (find_end(bytes, step, piecewise) != head && error != HeadError::kTooLarge) std::abort();
  if (head == 0 || error != HeadError::kNone) return 0;
  Framing framing;
  if (data[0] & 128) {
    AnswerHead answer;
    if (read_response_head(std::span(bytes).first(head), (data[0] & 64) != 0, answer) !=
        HeadError::kNone)
      return 0;
    framing = answer.framing;
  } else {
    squall::policies::KeptRequest request;
    if (read_request_head(std::span(bytes).first(head), request, framing) != HeadError::kNone)
      return 0;
    if (request.authority.empty() || !request.path.starts_with('/')) std::abort();
  }
  const std::string_view rest = std::string_view(bytes).substr(head);
  if (read_body(framing, rest, rest.size() + 1) != read_body(framing, rest, step)) std::abort();
  return 0;
}
