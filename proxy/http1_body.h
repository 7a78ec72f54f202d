// HTTP/1.1 bodies: which of the bytes that arrive are the body, and where does it end?
//
// By length, in chunks, or until the connection closes. Chunk extensions and trailers are read over
// and dropped. Source: RFC 9112, section 7; strict, as http1_head.h. Cost: linear, no copies.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/http1_head.h"

namespace squall::proxy {

class BodyReader {
 public:
  enum class State : std::uint8_t { kMore, kEnd, kError };
  struct Piece {
    std::size_t consumed = 0;  // bytes read, framing included
    std::string_view data{};   // of the body, among them
    State state = State::kMore;
  };

  void start(const Framing& framing);
  /// One piece: it stops behind data, at the end, or when the bytes are used up. To be called again
  /// with what is left as long as it consumes any.
  Piece read(std::string_view bytes);

 private:
  enum class Part : std::uint8_t {
    kSize,       // hexadecimal digits
    kExtension,  // the rest of the size's line
    kSizeEnd,    // its LF
    kData,
    kDataEnd,     // CR
    kDataEndLf,   // LF
    kTrailer,     // the start of a trailer's line, or of the last, empty one
    kInName,      // of a trailer, up to its colon
    kInTrailer,   // behind that
    kTrailerEnd,  // its LF
    kLast,        // the LF that ends it all
  };
  Piece read_chunked(std::string_view bytes);
  bool step(char c);

  BodyKind kind_ = BodyKind::kNone;
  Part part_ = Part::kSize;
  std::uint64_t left_ = 0;  // of the length, or of the chunk
  bool has_digit_ = false;
  std::uint32_t overhead_ = 0;  // bytes of the size, its extension or of the trailers so far
};

}  // namespace squall::proxy
