#include "proxy/http1_body.h"

#include <algorithm>

namespace squall::proxy {
namespace {

constexpr std::uint64_t kMostLeft = std::uint64_t{1} << 56;  // of a chunk, before its last digit
constexpr std::uint32_t kMostOverhead = 8192;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f'); }

}  // namespace

void BodyReader::start(const Framing& framing) {
  kind_ = framing.body;
  part_ = Part::kSize;
  left_ = framing.body == BodyKind::kLength ? framing.length : 0;
  has_digit_ = false;
  overhead_ = 0;
}

BodyReader::Piece BodyReader::read(std::string_view bytes) {
  switch (kind_) {
    case BodyKind::kNone:
      return {.state = State::kEnd};
    case BodyKind::kUntilClose:
      return {.consumed = bytes.size(), .data = bytes};
    case BodyKind::kLength: {
      const std::size_t count = std::min<std::uint64_t>(bytes.size(), left_);
      left_ -= count;
      return {.consumed = count,
              .data = bytes.substr(0, count),
              .state = left_ == 0 ? State::kEnd : State::kMore};
    }
    case BodyKind::kChunked:
      break;
  }
  return read_chunked(bytes);
}

BodyReader::Piece BodyReader::read_chunked(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (part_ == Part::kData) {
      const std::size_t count = std::min<std::uint64_t>(bytes.size() - at, left_);
      left_ -= count;
      if (left_ == 0) part_ = Part::kDataEnd;
      return {.consumed = at + count, .data = bytes.substr(at, count)};
    }
    const bool last = part_ == Part::kLast;
    if (!step(bytes[at++])) return {.consumed = at, .state = State::kError};
    if (last) return {.consumed = at, .state = State::kEnd};
  }
  return {.consumed = at};
}

/// One byte of the framing; false when it may not stand there.
bool BodyReader::step(char c) {
  switch (part_) {
    case Part::kSize:
      if (const int value = hex_value(c); value >= 0) {
        if (left_ >= kMostLeft) return false;
        left_ = left_ << 4 | static_cast<std::uint64_t>(value);
        has_digit_ = true;
        return ++overhead_ <= kMostOverhead;
      }
      if (!has_digit_) return false;
      part_ = c == '\r' ? Part::kSizeEnd : Part::kExtension;
      return c == '\r' || c == ';' || c == ' ' || c == '\t';
    case Part::kExtension:
      if (c == '\r') part_ = Part::kSizeEnd;
      return c == '\r' || (is_text(c) && ++overhead_ <= kMostOverhead);
    case Part::kSizeEnd:
      part_ = left_ > 0 ? Part::kData : Part::kTrailer;
      has_digit_ = false;
      return c == '\n';
    case Part::kDataEnd:
      part_ = Part::kDataEndLf;
      return c == '\r';
    case Part::kDataEndLf:
      part_ = Part::kSize;
      overhead_ = 0;
      return c == '\n';
    case Part::kTrailer:
      part_ = c == '\r' ? Part::kLast : Part::kInName;
      return (c == '\r' || is_token_char(c)) && ++overhead_ <= kMostOverhead;
    case Part::kInName:
      if (c == ':') part_ = Part::kInTrailer;
      return (c == ':' || is_token_char(c)) && ++overhead_ <= kMostOverhead;
    case Part::kInTrailer:
      if (c == '\r') part_ = Part::kTrailerEnd;
      return (c == '\r' || is_text(c)) && ++overhead_ <= kMostOverhead;
    case Part::kTrailerEnd:
      part_ = Part::kTrailer;
      return c == '\n';
    case Part::kLast:
      return c == '\n';
    case Part::kData:
      break;
  }
  return false;
}

}  // namespace squall::proxy
