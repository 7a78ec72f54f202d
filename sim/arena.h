// Arena: an array of plain values that doubles and never shrinks; what it holds beyond `used` is
// undefined.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace squall::sim {

template <class T>
class Arena {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  T& operator[](std::uint32_t i) { return items_[i]; }
  const T& operator[](std::uint32_t i) const { return items_[i]; }
  T* data() { return items_.get(); }
  const T* data() const { return items_.get(); }
  std::uint32_t capacity() const { return capacity_; }

  /// Room for at least `least`, the first `used` values kept.
  void grow(std::uint32_t used, std::uint32_t least) {
    const std::uint32_t wider = std::max(least, capacity_ * 2);
    auto items = std::make_unique_for_overwrite<T[]>(wider);
    std::copy_n(items_.get(), used, items.get());
    items_ = std::move(items);
    capacity_ = wider;
  }

 private:
  std::unique_ptr<T[]> items_;
  std::uint32_t capacity_ = 0;
};

}  // namespace squall::sim
