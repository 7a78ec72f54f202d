#include "sim/processor_sharing.h"

#include <algorithm>

namespace squall::sim {
namespace {
__extension__ using Wide = unsigned __int128;

std::uint64_t ns_between(Instant from, Instant to) { return static_cast<std::uint64_t>((to - from).count()); }
}  // namespace

void ProcessorSharing::advance(Instant now) {
  const std::uint64_t passed = ns_between(at_, now);
  at_ = now;
  const std::uint64_t pieces = heap_.size();
  if (pieces == 0) {
    virtual_ = 0;
    return;
  }
  core_ns_ += passed * busy_cores();
  if (frozen_) return;
  virtual_ += static_cast<std::uint64_t>((Wide{passed} << kFraction) * busy_cores() / pieces);
}

void ProcessorSharing::add(std::uint32_t id, Duration work, Instant now) {
  advance(now);
  heap_.push_back({virtual_ + (static_cast<std::uint64_t>(work.count()) << kFraction), ++number_, id});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

Instant ProcessorSharing::next_end() const {
  if (heap_.empty() || frozen_) return kNever;
  const std::uint64_t ends = heap_.front().ends;
  if (ends <= virtual_) return at_;
  // Rounded up, so that V has reached the end when the time comes.
  const Wide rate = Wide{busy_cores()} << kFraction;
  const Wide wait = (Wide{ends - virtual_} * heap_.size() + rate - 1) / rate;
  const auto longest = static_cast<std::uint64_t>((kNever - at_).count());
  return wait < longest ? at_ + Duration(static_cast<std::int64_t>(wait)) : kNever;
}

std::uint32_t ProcessorSharing::take_ended(Instant now) {
  advance(now);
  if (heap_.empty() || frozen_ || heap_.front().ends > virtual_) return kNone;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const std::uint32_t id = heap_.back().id;
  heap_.pop_back();
  return id;
}

void ProcessorSharing::set_frozen(bool frozen, Instant now) {
  advance(now);
  frozen_ = frozen;
}

void ProcessorSharing::clear(Instant now) {
  advance(now);
  heap_.clear();
}

std::uint64_t ProcessorSharing::core_ns(Instant now) const {
  return core_ns_ + ns_between(at_, now) * busy_cores();
}

}  // namespace squall::sim
