#include "policies/lb/bounded_load.h"

#include <algorithm>
#include <cmath>

namespace squall::policies::lb {
namespace {
constexpr std::size_t kWords = 624, kShift = 397;
}

MersenneTwister::MersenneTwister(std::uint32_t seed) : state_{} {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < kWords; ++i)
    state_[i] = 1812433253U * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
}

void MersenneTwister::twist() {
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % kWords] & 0x7fffffffU);
    state_[i] = state_[(i + kShift) % kWords] ^ y >> 1 ^ ((y & 1) != 0 ? 0x9908b0dfU : 0U);
  }
  taken_ = 0;
}

std::uint32_t MersenneTwister::next() {
  if (taken_ == kWords) twist();
  std::uint32_t y = state_[taken_++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680U;
  y ^= y << 15 & 0xefc60000U;
  return y ^ y >> 18;
}

std::uint32_t MersenneTwister::below(std::uint32_t bound) {
  const std::uint64_t width = (std::uint64_t{1} << 32) / bound;
  for (;;) {
    const std::uint64_t x = next() / width;
    if (x < bound) return static_cast<std::uint32_t>(x);
  }
}

std::uint32_t slots_of(double share, std::uint32_t cluster_active, std::uint32_t factor_percent) {
  const std::uint32_t all = ((cluster_active + 1) * factor_percent + 99) / 100;
  return std::max(static_cast<std::uint32_t>(-std::floor(-(all * share))), 1U);
}

}  // namespace squall::policies::lb
