#include "policies/lb/maglev.h"

#include <algorithm>

#include "policies/base/ids.h"
#include "policies/lb/hash.h"

namespace squall::policies::lb {
namespace {

struct Filler {
  std::uint64_t slot;  // the next of its permutation
  std::uint64_t skip;
  double share, target = 0;
  std::uint32_t position;
  std::uint64_t count = 0;
};

}  // namespace

MaglevTable::MaglevTable(const MaglevConfig& config, std::span<const HashedHost> hosts) {
  if (hosts.empty()) return;
  const std::uint64_t size = config.table_size;
  std::vector<HashedHost> sorted(hosts.begin(), hosts.end());
  std::ranges::stable_sort(sorted, {}, &HashedHost::key);
  std::vector<Filler> fillers;
  double most_share = 0;
  for (const HashedHost& host : sorted) {
    most_share = std::max(most_share, host.share);
    fillers.push_back({.slot = xx_hash(host.key) % size,
                       .skip = xx_hash(host.key, 1) % (size - 1) + 1,
                       .share = host.share,
                       .position = host.position});
  }
  slots_.assign(size, kNone);
  std::uint64_t filled = 0;
  for (std::uint32_t round = 1; filled < size; ++round) {
    for (Filler& filler : fillers) {
      if (filled == size) break;
      if (round * filler.share < filler.target) continue;
      filler.target += most_share;
      while (slots_[filler.slot] != kNone) filler.slot = (filler.slot + filler.skip) % size;
      slots_[filler.slot] = filler.position;
      ++filler.count;
      ++filled;
    }
  }
  least_ = size;
  for (const Filler& filler : fillers) {
    least_ = std::min(least_, filler.count);
    most_ = std::max(most_, filler.count);
  }
}

}  // namespace squall::policies::lb
