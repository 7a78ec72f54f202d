#include "sim/cache.h"

#include "policies/base/mix.h"

namespace squall::sim {

std::uint32_t Cache::home_of(std::uint32_t key) const {
  return static_cast<std::uint32_t>(finalise(key + 1ULL) & (index_.size() - 1));
}

std::uint32_t Cache::place_of(std::uint32_t key) const {
  const auto mask = static_cast<std::uint32_t>(index_.size() - 1);
  std::uint32_t place = home_of(key);
  while (index_[place] != kNone && entries_[index_[place]].key != key) place = (place + 1) & mask;
  return place;
}

Cache::Found Cache::find(std::uint32_t key, Instant now) {
  if (entries_.empty()) return Found::kNothing;
  const std::uint32_t entry = index_[place_of(key)];
  if (entry == kNone) return Found::kNothing;
  if (entries_[entry].expires <= now) return Found::kExpired;
  unlink(entry);
  link_newest(entry);
  return Found::kFresh;
}

void Cache::put(std::uint32_t key, Instant now) {
  if (2 * (entries_.size() + 1) > index_.size()) index_all();
  std::uint32_t entry = index_[place_of(key)];
  if (entry != kNone) {
    unlink(entry);
  } else if (entries_.size() < spec_.entries) {
    entry = size();
    entries_.push_back({.key = key});
    index_[place_of(key)] = entry;
  } else {
    entry = oldest_;
    unlink(entry);
    forget(entries_[entry].key);
    entries_[entry].key = key;
    index_[place_of(key)] = entry;
  }
  entries_[entry].expires = spec_.ttl ? now + *spec_.ttl : kNever;
  link_newest(entry);
}

/// Those behind it that it kept from their place move up.
void Cache::forget(std::uint32_t key) {
  const auto mask = static_cast<std::uint32_t>(index_.size() - 1);
  std::uint32_t hole = place_of(key);
  for (std::uint32_t at = (hole + 1) & mask; index_[at] != kNone; at = (at + 1) & mask) {
    const std::uint32_t home = home_of(entries_[index_[at]].key);
    if (((at - home) & mask) < ((at - hole) & mask)) continue;  // its home lies behind the hole
    index_[hole] = index_[at];
    hole = at;
  }
  index_[hole] = kNone;
}

void Cache::index_all() {
  index_.assign(index_.empty() ? 16 : index_.size() * 2, kNone);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) index_[place_of(entries_[i].key)] = i;
}

void Cache::unlink(std::uint32_t entry) {
  const Entry& one = entries_[entry];
  (one.newer == kNone ? newest_ : entries_[one.newer].older) = one.older;
  (one.older == kNone ? oldest_ : entries_[one.older].newer) = one.newer;
}

void Cache::link_newest(std::uint32_t entry) {
  entries_[entry].newer = kNone;
  entries_[entry].older = newest_;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = entry;
  newest_ = entry;
}

void Cache::clear() {
  entries_.clear();
  index_.assign(index_.size(), kNone);
  newest_ = oldest_ = kNone;
}

}  // namespace squall::sim
