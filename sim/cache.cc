#include "sim/cache.h"

namespace squall::sim {

Cache::Found Cache::find(std::uint32_t key, Instant now) {
  const std::uint32_t entry = index_.find(key);
  if (entry == kNone) return Found::kNothing;
  if (entries_[entry].expires <= now) return Found::kExpired;
  unlink(entry);
  link_newest(entry);
  return Found::kFresh;
}

void Cache::put(std::uint32_t key, Instant now) {
  std::uint32_t entry = index_.find(key);
  if (entry != kNone) {
    unlink(entry);
  } else if (entries_.size() < spec_.entries) {
    entry = size();
    entries_.push_back({.key = key});
    index_.put(key, entry);
  } else {
    entry = oldest_;
    unlink(entry);
    index_.remove(entries_[entry].key);
    entries_[entry].key = key;
    index_.put(key, entry);
  }
  entries_[entry].expires = spec_.ttl ? now + *spec_.ttl : kNever;
  link_newest(entry);
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
  index_.clear();
  newest_ = oldest_ = kNone;
}

}  // namespace squall::sim
