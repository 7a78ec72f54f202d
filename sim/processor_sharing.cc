#include "sim/processor_sharing.h"

#include <algorithm>

namespace squall::sim {

ProcessorSharing::Wide ProcessorSharing::first_takes() const {
  const std::uint64_t cores = busy_cores();
  const Wide share = Wide{heap_.front().ends - virtual_} * heap_.size();
  return share > remainder_ ? (share - remainder_ + cores - 1) / cores : 0;
}

void ProcessorSharing::pass(std::uint64_t time) {
  at_ += time;
  const Wide work = Wide{time} * busy_cores();
  core_time_ += work;
  if (frozen_) return;
  virtual_ += static_cast<std::uint64_t>((work + remainder_) / heap_.size());
  remainder_ = static_cast<std::uint64_t>((work + remainder_) % heap_.size());
}

void ProcessorSharing::piece_count_was(std::uint64_t before) {
  remainder_ = before == 0 ? 0 : remainder_ * heap_.size() / before;
}

/// From end to end: each leaves more for those who stay from that very time on.
void ProcessorSharing::advance(Instant now) {
  const std::uint64_t until = static_cast<std::uint64_t>(to_ns(now)) << kFraction;
  while (!heap_.empty()) {
    const Wide takes = frozen_ ? ~Wide{0} >> 1 : first_takes();
    if (at_ + takes > until + kSlack) {
      if (until > at_) pass(until - at_);
      return;
    }
    pass(static_cast<std::uint64_t>(takes));
    std::pop_heap(heap_.begin(), heap_.end(), later);
    ended_.push(heap_.back().id);
    heap_.pop_back();
    piece_count_was(heap_.size() + 1);
  }
  at_ = until;
  virtual_ = 0;
}

void ProcessorSharing::add(std::uint32_t id, Duration work, Instant now) {
  advance(now);
  const std::uint64_t takes = static_cast<std::uint64_t>(work.count()) << kFraction;
  heap_.push_back({virtual_ + takes, ++number_, id});
  std::push_heap(heap_.begin(), heap_.end(), later);
  piece_count_was(heap_.size() - 1);
}

Instant ProcessorSharing::next_end() const {
  Wide end = at_;
  if (ended_.empty()) {
    if (heap_.empty() || frozen_) return kNever;
    end += first_takes();
  }
  const Wide ns = (end + (1U << kFraction) - 1 - kSlack) >> kFraction;
  return ns < Wide{INT64_MAX} ? at_ns(static_cast<std::int64_t>(ns)) : kNever;
}

std::uint32_t ProcessorSharing::take_ended(Instant now) {
  advance(now);
  return ended_.empty() ? kNone : ended_.pop();
}

void ProcessorSharing::set_frozen(bool frozen, Instant now) {
  advance(now);
  frozen_ = frozen;
}

bool ProcessorSharing::remove(std::uint32_t id, Instant now) {
  advance(now);
  const auto at = std::ranges::find(heap_, id, &Piece::id);
  if (at == heap_.end()) return false;
  heap_.erase(at);
  std::ranges::make_heap(heap_, later);
  piece_count_was(heap_.size() + 1);
  return true;
}

void ProcessorSharing::clear(Instant now) {
  advance(now);
  heap_.clear();
  piece_count_was(0);
  ended_.clear();
}

std::uint64_t ProcessorSharing::core_ns(Instant now) {
  advance(now);
  return static_cast<std::uint64_t>(core_time_ >> kFraction);
}

}  // namespace squall::sim
