// KeyIndex: at which number something stands that is known by a key.
//
// Open addressing with linear probing, at most half full; what stands behind one that is removed
// moves up. Cost: O(1), 16 to 32 bytes a key, allocated as it grows.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"

namespace squall::sim {

class KeyIndex {
 public:
  /// kNone: nothing stands there.
  std::uint32_t find(std::uint32_t key) const {
    return slots_.empty() ? kNone : slots_[place_of(key)].number;
  }
  /// REQUIRES: find(key) == kNone
  void put(std::uint32_t key, std::uint32_t number);
  /// REQUIRES: find(key) != kNone
  void remove(std::uint32_t key);
  void clear();

 private:
  struct Slot {
    std::uint32_t key = 0;
    std::uint32_t number = kNone;  // kNone: free
  };

  std::uint32_t home_of(std::uint32_t key) const;
  std::uint32_t place_of(std::uint32_t key) const;  // of the key, or the free one where it belongs
  void grow();

  std::vector<Slot> slots_;  // a power of two
  std::uint32_t used_ = 0;
};

}  // namespace squall::sim
