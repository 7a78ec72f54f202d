// Cache: what one replica remembers by key; who was not asked for the longest time goes first.
//
// Entries stand in a list by their latest use and are found by open addressing (linear probing, a
// removed one's followers move up). One that has expired stays until it is pushed out, as it may be
// better than nothing. Cost: O(1), an entry some 40 bytes, allocated as they come.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "scenarios/capacity_model.h"

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
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }

 private:
  struct Entry {
    std::uint32_t key;
    std::uint32_t newer = kNone, older = kNone;
    Instant expires{};
  };

  std::uint32_t place_of(std::uint32_t key) const;  // of the key, or the free one where it belongs
  std::uint32_t home_of(std::uint32_t key) const;
  void forget(std::uint32_t key);
  void index_all();
  void unlink(std::uint32_t entry);
  void link_newest(std::uint32_t entry);

  scenarios::CacheSpec spec_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> index_;  // into entries_, kNone: free; a power of two
  std::uint32_t newest_ = kNone, oldest_ = kNone;
};

}  // namespace squall::sim
