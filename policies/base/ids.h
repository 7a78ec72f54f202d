// Slots that are reused, and ids that notice it.
//
// A Slab hands out slots of T by index; an Id also carries the slot's generation, which rises when
// the slot is freed, so an event for something that has ended is recognised and ignored. Slots
// never move. Cost: O(1); memory in chunks of 4 slots (a mesh has many small proxies), then 8, 16
// and so on, so that a place is found without a list of chunks; never given back.
#pragma once
#include <bit>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "policies/base/check.h"
#include "policies/base/prefetch.h"

namespace squall {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

template <class Tag>
struct Id {
  std::uint32_t index = kNone;
  std::uint32_t generation = 0;
  friend bool operator==(const Id&, const Id&) = default;
  explicit operator bool() const { return index != kNone; }
};

/// T needs members `std::uint32_t index, generation`, which the slab owns: `index` is kNone while
/// the slot is free. The rest is T{} when taken, or what T::reset() leaves: with memory to keep.
template <class T, class Tag = T>
class Slab {
 public:
  static constexpr std::uint32_t kFirstBits = 2;
  static constexpr std::uint32_t kFirst = 1U << kFirstBits;  // slots of chunk 0

  /// The reference stays valid until the slot is given back.
  T& take() {
    if (live_ == capacity_) [[unlikely]]
      grow();
    const std::uint32_t index = free_[capacity_ - ++live_];
    T& slot = (*this)[index];
    const std::uint32_t generation = slot.generation;
    if constexpr (requires { slot.reset(); }) {
      slot.reset();
    } else if constexpr (std::is_trivially_copyable_v<T>) {
      static constexpr T kFresh{};  // copied whole: cheaper than a store for each member
      slot = kFresh;
    } else {
      slot = T{};
    }
    slot.generation = generation;
    slot.index = index;
    return slot;
  }
  void give_back(T& slot) {
    SQUALL_DCHECK(slot.index != kNone && live_ > 0);
    ++slot.generation;
    free_[capacity_ - live_--] = slot.index;
    slot.index = kNone;
  }
  /// No longer in use, but to be read until give_back_retired().
  void retire(const T& slot) {
    SQUALL_DCHECK(slot.index != kNone && retired_ < live_);
    free_[capacity_ - ++retired_] = slot.index;
  }
  bool has_retired() const { return retired_ != 0; }
  /// Calls last(slot) for each before it is given back, the latest first.
  template <class Last>
  void give_back_retired(const Last& last) {
    // From below: what is given back takes no place that has not been read.
    for (; retired_ != 0; --retired_) {
      T& slot = (*this)[free_[capacity_ - retired_]];
      last(slot);
      give_back(slot);
    }
  }
  void give_back_retired() {
    give_back_retired([](T&) {});
  }

  T& operator[](std::uint32_t index) {
    SQUALL_DCHECK(index < capacity_);
    const std::uintptr_t at = starts_[chunk_of(index)] + index * sizeof(T);
    return *reinterpret_cast<T*>(at);  // NOLINT(performance-no-int-to-ptr): one look-up, no branch
  }
  const T& operator[](std::uint32_t index) const { return const_cast<Slab&>(*this)[index]; }
  /// Null when the id is stale.
  T* find(Id<Tag> id) {
    if (id.index >= capacity_) return nullptr;
    T& slot = (*this)[id.index];
    return slot.generation == id.generation ? &slot : nullptr;
  }
  static Id<Tag> id_of(const T& slot) { return {slot.index, slot.generation}; }

  /// A hint that take() comes before long: the slot that it will give, once nothing is retired.
  template <std::size_t Lines>
  void fetch_next() const {
    if (live_ == capacity_ && retired_ == 0) return;
    prefetch_lines<Lines>(
        &(*this)[retired_ != 0 ? free_[capacity_ - 1] : free_[capacity_ - live_ - 1]]);
  }
  void fetch_free() const { prefetch(free_.get()); }

  std::uint32_t live() const { return live_; }
  std::uint32_t in_use() const { return live_ - retired_; }  // not over yet
  std::uint32_t capacity() const { return capacity_; }

 private:
  static std::uint32_t chunk_of(std::uint32_t index) {
    return (31U ^ static_cast<std::uint32_t>(std::countl_zero(index + kFirst))) - kFirstBits;
  }
  [[gnu::noinline]] void grow() {
    const std::uint32_t more = capacity_ + kFirst;  // a power of two: the next chunk's slots
    SQUALL_CHECK(more < 1U << 31);
    chunks_.push_back(std::make_unique<T[]>(more));
    starts_[chunk_of(capacity_)] =
        reinterpret_cast<std::uintptr_t>(chunks_.back().get()) - capacity_ * sizeof(T);
    auto wider = std::make_unique<std::uint32_t[]>(std::size_t{capacity_} + more);
    for (std::uint32_t i = 0; i < more; ++i) wider[i] = capacity_ + more - 1 - i;  // none was free
    for (std::uint32_t i = 1; i <= retired_; ++i)
      wider[capacity_ + more - i] = free_[capacity_ - i];
    free_ = std::move(wider);
    capacity_ += more;
  }

  // The first capacity - live are free; last in, first out: the warmest slot next. The last are
  // those that have retired.
  std::unique_ptr<std::uint32_t[]> free_;
  std::uint32_t capacity_ = 0;
  std::uint32_t live_ = 0;  // with those that have retired
  std::uint32_t retired_ = 0;
  // Where slot 0 would lie if a chunk went that far down; those of few slots beside the above.
  std::uintptr_t starts_[32 - kFirstBits] = {};
  std::vector<std::unique_ptr<T[]>> chunks_;
};

}  // namespace squall
