#include "policies/lb/ring.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "policies/lb/hash.h"

namespace squall::policies::lb {
namespace {

double round_up(double x) { return -std::floor(-x); }

}  // namespace

Ring::Ring(const RingHashConfig& config, std::span<const HashedHost> hosts) {
  if (hosts.empty()) return;
  double least = 1;
  for (const HashedHost& host : hosts) least = std::min(least, host.share);
  // The least of them gets a whole number of entries.
  const double scale = std::min(round_up(least * static_cast<double>(config.minimum_size)) / least,
                                static_cast<double>(config.maximum_size));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries;
  entries.reserve(static_cast<std::size_t>(round_up(scale)) + 1);
  std::string name;
  double target = 0;
  for (const HashedHost& host : hosts) {
    target += scale * host.share;
    for (std::uint64_t i = 0; static_cast<double>(entries.size()) < target; ++i) {
      name.assign(host.key).append("_").append(std::to_string(i));
      entries.emplace_back(config.murmur ? murmur_hash(name) : xx_hash(name), host.position);
    }
  }
  std::ranges::sort(entries, {}, &std::pair<std::uint64_t, std::uint32_t>::first);
  hashes_.reserve(entries.size());
  positions_.reserve(entries.size());
  for (const auto& [hash, position] : entries) {
    hashes_.push_back(hash);
    positions_.push_back(position);
  }
  // As many ranges of hashes as entries, so that each holds about one.
  const auto bits = static_cast<unsigned>(std::bit_width(std::bit_ceil(entries.size())) - 1);
  shift_ = 64 - std::max(bits, 1U);
  first_.resize(std::size_t{1} << (64 - shift_));
  std::size_t entry = 0;
  for (std::size_t i = 0; i < first_.size(); ++i) {
    while (entry < hashes_.size() && hashes_[entry] < (std::uint64_t{i} << shift_)) ++entry;
    first_[i] = static_cast<std::uint32_t>(entry);
  }
}

}  // namespace squall::policies::lb
