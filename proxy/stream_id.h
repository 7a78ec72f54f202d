// StreamId: a version 4 UUID of 122 drawn bits, as text.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/base/mix.h"

namespace squall::proxy {

class StreamId {
 public:
  StreamId() = default;
  /// `random`: the request's own 64 bits.
  explicit StreamId(std::uint64_t random) {
    const std::uint64_t high =
        (mix(random, Purpose::kRequestId, 0) & ~std::uint64_t{0xf000}) | 0x4000;
    const std::uint64_t low =
        (mix(random, Purpose::kRequestId, 1) & ~(std::uint64_t{3} << 62)) | std::uint64_t{1} << 63;
    constexpr char kDigits[] = "0123456789abcdef";
    std::size_t at = 0;
    for (int i = 0; i < 32; ++i) {
      if (i == 8 || i == 12 || i == 16 || i == 20) text_[at++] = '-';
      const std::uint64_t half = i < 16 ? high : low;
      text_[at++] = kDigits[half >> (60 - 4 * (i % 16)) & 15];
    }
  }
  std::string_view text() const { return {text_, sizeof text_}; }

 private:
  char text_[36] = {};
};

}  // namespace squall::proxy
