// Ring: a list that grows at its end and is taken from either, in one array of a power of two,
// which doubles when it is full.
//
// Cost: O(1), no allocation once it has been as long as it gets.
#pragma once
#include <cstdint>
#include <memory>

#include "policies/base/prefetch.h"

namespace squall::sim {

template <class T>
class Ring {
 public:
  bool empty() const { return head_ == tail_; }
  std::uint32_t size() const { return tail_ - head_; }

  /// A place for one more, to be filled.
  T& push() {
    if (tail_ - head_ == capacity_) [[unlikely]]
      grow();
    return items_[tail_++ & (capacity_ - 1)];
  }
  void push(const T& value) { push() = value; }
  /// The oldest, valid until the next push; there must be one.
  const T& pop() { return items_[head_++ & (capacity_ - 1)]; }
  /// The newest, likewise.
  const T& pop_back() { return items_[--tail_ & (capacity_ - 1)]; }
  /// The oldest without taking it, and a hint that this comes before long.
  const T& front() const { return items_[head_ & (capacity_ - 1)]; }
  void fetch_front() const {
    if (!empty()) prefetch(&front());
  }
  void clear() { head_ = tail_; }
  /// Positions count up and wrap: the oldest item's, the next one's, and what lies between.
  std::uint32_t head() const { return head_; }
  std::uint32_t tail() const { return tail_; }
  const T& at(std::uint32_t position) const { return items_[position & (capacity_ - 1)]; }

 private:
  [[gnu::noinline]] void grow() {
    const std::uint32_t wider = capacity_ == 0 ? 8 : capacity_ * 2;
    auto items = std::make_unique_for_overwrite<T[]>(wider);
    // Positions keep counting, so an item's place under the wider mask may differ from the old one.
    for (std::uint32_t i = head_; i != tail_; ++i)
      items[i & (wider - 1)] = items_[i & (capacity_ - 1)];
    items_ = std::move(items);
    capacity_ = wider;
  }

  std::unique_ptr<T[]> items_;
  std::uint32_t capacity_ = 0;
  std::uint32_t head_ = 0;  // counts up and wraps; the mask makes it a place
  std::uint32_t tail_ = 0;
};

}  // namespace squall::sim
