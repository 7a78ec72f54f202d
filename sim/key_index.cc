#include "sim/key_index.h"

#include "policies/base/mix.h"

namespace squall::sim {

std::uint32_t KeyIndex::home_of(std::uint32_t key) const {
  return static_cast<std::uint32_t>(finalise(key + 1ULL) & (slots_.size() - 1));
}

std::uint32_t KeyIndex::place_of(std::uint32_t key) const {
  const auto mask = static_cast<std::uint32_t>(slots_.size() - 1);
  std::uint32_t place = home_of(key);
  while (slots_[place].number != kNone && slots_[place].key != key) place = (place + 1) & mask;
  return place;
}

void KeyIndex::put(std::uint32_t key, std::uint32_t number) {
  if (2 * (std::size_t{used_} + 1) > slots_.size()) grow();
  slots_[place_of(key)] = {key, number};
  ++used_;
}

/// Those behind it that it kept from their place move up.
void KeyIndex::remove(std::uint32_t key) {
  const auto mask = static_cast<std::uint32_t>(slots_.size() - 1);
  std::uint32_t hole = place_of(key);
  for (std::uint32_t at = (hole + 1) & mask; slots_[at].number != kNone; at = (at + 1) & mask) {
    const std::uint32_t home = home_of(slots_[at].key);
    if (((at - home) & mask) < ((at - hole) & mask)) continue;  // its home lies behind the hole
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
  --used_;
}

void KeyIndex::grow() {
  std::vector<Slot> before(slots_.empty() ? 16 : slots_.size() * 2);
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.number != kNone) slots_[place_of(slot.key)] = slot;
  }
}

void KeyIndex::clear() {
  slots_.assign(slots_.size(), {});
  used_ = 0;
}

}  // namespace squall::sim
