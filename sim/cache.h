// Cache: what one replica remembers by key; who was not asked for the longest time goes first.
//
// Entries stand in a list by their latest use. One that has expired stays until it is pushed out,
// as it may be better than nothing. Cost: O(1), an entry some 50 bytes, allocated as they come.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "scenarios/capacity_model.h"
#include "sim/key_index.h"

namespace squall::sim {

class Cache {
 public:
  enum class Found : std::uint8_t { kFresh, kExpired, kNothing };

  explicit Cache(const scenarios::CacheSpec& spec) : spec_(spec) {}

  /// A fresh one counts as used now.
  Found find(std::uint32_t key, Instant now);
  void put(std::uint32_t key, Instant now);
  void clear();
  bool keeps_late() const { return spec_.keeps_late; }
  bool keeps_expired() const { return spec_.keeps_expired; }
  bool single_flight() const { return spec_.single_flight; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }

 private:
  struct Entry {
    std::uint32_t key;
    std::uint32_t newer = kNone, older = kNone;
    Instant expires{};
  };

  void unlink(std::uint32_t entry);
  void link_newest(std::uint32_t entry);

  scenarios::CacheSpec spec_;
  std::vector<Entry> entries_;
  KeyIndex index_;  // into entries_
  std::uint32_t newest_ = kNone, oldest_ = kNone;
};

}  // namespace squall::sim
