// The two hashes of consistent hashing, as Envoy computes them: xxHash64 and MurmurHash2 of 64
// bits.
//
// Source: xxHash's own library; MurmurHash2 as libstdc++ has it for std::hash (Appleby's
// MurmurHash64A, unaligned). Cost: linear in the text.
#pragma once
#include <cstdint>
#include <string_view>

namespace squall::policies::lb {

std::uint64_t xx_hash(std::string_view text, std::uint64_t seed = 0);

inline constexpr std::uint64_t kMurmurSeed = 0xc70f6907;
std::uint64_t murmur_hash(std::string_view text, std::uint64_t seed = kMurmurSeed);

}  // namespace squall::policies::lb
