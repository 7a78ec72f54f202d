// PairTable: pairs of texts that have come before, by the place that a log gave them.
//
// What heads say comes again and again: a log names it by a number. A pair has one place, by a hash
// of some of its bytes; whoever comes later takes it. Cost: some 5 ns a pair; 512 places of 256
// bytes, and longer pairs get none.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "policies/base/short_text.h"

namespace squall::decisions {

class PairTable {
 public:
  static constexpr std::uint32_t kPlaces = 512;

  struct Found {
    std::uint32_t place = 0;  // 0: it gets none
    bool known = false;       // it is there already
  };
  /// A new head: what it has named until the next keeps its place.
  void begin_head() { ++head_; }
  Found find(std::string_view first, std::string_view second) {
    const std::uint32_t number = place_of(first, second);
    Slot& slot = slots_[number];
    const bool fits = ((slot.first ^ first.size()) | (slot.second ^ second.size())) == 0;
    if (fits && same_bytes(slot.text, first) && same_bytes(slot.text + slot.first, second)) {
      slot.head = head_;
      return {number + 1, true};
    }
    if (first.size() + second.size() > kText || slot.head == head_) return {};
    slot.head = head_;
    slot.first = static_cast<std::uint32_t>(first.size());
    slot.second = static_cast<std::uint32_t>(second.size());
    if (!first.empty()) std::memcpy(slot.text, first.data(), first.size());
    if (!second.empty()) std::memcpy(slot.text + first.size(), second.data(), second.size());
    return {number + 1, false};
  }

 private:
  static constexpr std::size_t kText = 240;
  struct alignas(64) Slot {
    std::uint64_t head = 0;                   // the latest that named it
    std::uint32_t first = ~0U, second = ~0U;  // sizes; no pair has these
    char text[kText];
  };
  static_assert(sizeof(Slot) == 256);
  static std::uint32_t place_of(std::string_view first, std::string_view second) {
    const std::uint64_t bytes = sample_bytes(first) * 0x9e3779b97f4a7c15U + sample_bytes(second) +
                                first.size() * 31 + second.size();
    return static_cast<std::uint32_t>((bytes * 0x9e3779b97f4a7c15U) >> 55);
  }
  static_assert(kPlaces == 1U << 9);

  std::array<Slot, kPlaces> slots_;
  std::uint64_t head_ = 0;
};

}  // namespace squall::decisions
