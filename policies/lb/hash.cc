#include "policies/lb/hash.h"

#include <cstddef>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace squall::policies::lb {
namespace {

constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;

/// The first `bytes` of `at`, little-endian.
std::uint64_t load(const char* at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}
constexpr std::uint64_t fold(std::uint64_t value) { return value ^ value >> 47; }

}  // namespace

std::uint64_t xx_hash(std::string_view text, std::uint64_t seed) {
  return XXH64(text.data(), text.size(), seed);
}

std::uint64_t murmur_hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = seed ^ text.size() * kMultiplier;
  while (text.size() >= 8) {
    hash ^= fold(load(text.data(), 8) * kMultiplier) * kMultiplier;
    hash *= kMultiplier;
    text.remove_prefix(8);
  }
  if (!text.empty()) {
    hash ^= load(text.data(), text.size());
    hash *= kMultiplier;
  }
  return fold(fold(hash) * kMultiplier);
}

}  // namespace squall::policies::lb
