// Slots that are reused, and ids that notice it.
//
// A Slab hands out slots of T by index; an Id also carries the slot's generation, which rises when
// the slot is freed, so an event for something that has ended is recognised and ignored. Slots
// never move. Cost: O(1); memory in chunks of 16 slots (a mesh has many small proxies), never given
// back.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/base/check.h"

namespace squall {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

template <class Tag>
struct Id {
  std::uint32_t index = kNone;
  std::uint32_t generation = 0;
  friend bool operator==(const Id&, const Id&) = default;
  explicit operator bool() const { return index != kNone; }
};

/// T needs members `std::uint32_t index, generation`, which the slab owns; the rest is T{} when
/// taken, or what T::reset() leaves: with memory to keep.
template <class T, class Tag = T>
class Slab {
 public:
  static constexpr std::uint32_t kChunkBits = 4;
  static constexpr std::uint32_t kChunk = 1U << kChunkBits;

  /// The reference stays valid until the slot is given back.
  T& take() {
    if (free_.empty()) grow();
    const std::uint32_t index = free_.back();
    free_.pop_back();
    T& slot = (*this)[index];
    const std::uint32_t generation = slot.generation;
    if constexpr (requires { slot.reset(); }) {
      slot.reset();
    } else {
      slot = T{};
    }
    slot.generation = generation;
    slot.index = index;
    ++live_;
    return slot;
  }
  void give_back(T& slot) {
    ++slot.generation;
    --live_;
    free_.push_back(slot.index);
  }

  T& operator[](std::uint32_t index) {
    SQUALL_DCHECK(index < capacity_);
    return chunks_[index >> kChunkBits][index & (kChunk - 1)];
  }
  const T& operator[](std::uint32_t index) const {
    SQUALL_DCHECK(index < capacity_);
    return chunks_[index >> kChunkBits][index & (kChunk - 1)];
  }
  /// Null when the id is stale.
  T* find(Id<Tag> id) {
    if (id.index >= capacity_) return nullptr;
    T& slot = (*this)[id.index];
    return slot.generation == id.generation ? &slot : nullptr;
  }
  static Id<Tag> id_of(const T& slot) { return {slot.index, slot.generation}; }

  std::uint32_t live() const { return live_; }
  std::uint32_t capacity() const { return capacity_; }

 private:
  void grow() {
    chunks_.push_back(std::make_unique<T[]>(kChunk));
    free_.reserve(capacity_ + kChunk);  // give_back never allocates
    for (std::uint32_t i = kChunk; i-- > 0;) free_.push_back(capacity_ + i);
    capacity_ += kChunk;
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;  // last in, first out: the warmest slot next
  std::uint32_t capacity_ = 0;
  std::uint32_t live_ = 0;
};

}  // namespace squall
