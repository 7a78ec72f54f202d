// Remembered heads: what every request with the same head gets, by the number that its shell gave
// the head (RequestHead::known_as), so that its route need not be looked for again.
//
// One value per worker, for one epoch. Cost: two loads for a head that is known; 64 bytes a head.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/prefetch.h"
#include "policies/machine/pool_kind.h"
#include "policies/retry.h"
#include "policies/route.h"
#include "policies/timeouts.h"

namespace squall::policies {

/// A route, and where that leaves nothing to chance, all that follows from it.
struct alignas(64) Remembered {
  RouteChoice choice;    // counts when it is `remembered`
  bool settled = false;  // so does the rest
  PoolKind pool = PoolKind::kDefault;
  std::uint32_t cluster = kNone;
  const RetryPolicy* retry_policy = nullptr;
  FinalTimeouts timeouts;
};
static_assert(sizeof(Remembered) == 64);

class RememberedHeads {
 public:
  /// The reference stays valid until the next call.
  [[gnu::always_inline]] Remembered& of(std::uint32_t listener, std::uint32_t number) {
    if (listener >= heads_.size() || number >= heads_[listener].size()) [[unlikely]]
      grow(listener, number);
    return heads_[listener][number];
  }
  void clear() { heads_.clear(); }
  /// Null: nothing is remembered of it.
  const Remembered* find(std::uint32_t listener, std::uint32_t number) const {
    if (listener >= heads_.size() || number >= heads_[listener].size()) return nullptr;
    return &heads_[listener][number];
  }
  // Hints that of() comes before long, one after the other.
  void fetch_listener(std::uint32_t listener) const {
    if (listener < heads_.size()) prefetch(&heads_[listener]);
  }
  void fetch_head(std::uint32_t listener, std::uint32_t number) const {
    prefetch(find(listener, number));
  }

 private:
  /// By a quarter: sidecars are many, and each has heads of its own.
  [[gnu::noinline]] void grow(std::size_t listener, std::size_t number) {
    if (listener >= heads_.size()) heads_.resize(listener + 1);
    std::vector<Remembered>& known = heads_[listener];
    if (number < known.size()) return;
    if (number >= known.capacity()) known.reserve(std::max(number + 1, known.size() / 4 * 5));
    known.resize(number + 1);
  }

  std::vector<std::vector<Remembered>> heads_;  // by listener, then by number
};

}  // namespace squall::policies
