// Interruptions: what becomes of work under way when its replica crashes or hangs.
//
// The event that ends a piece of work carries the stamp of when it was scheduled. After a crash
// older stamps are lost; after a hang they are late by as long as it lasted. So nothing has to be
// found and moved in the queue when a fault begins: each event is judged when it comes. Cost:
// nothing without faults; 8 bytes a hang since the last crash. At most 65,535 faults while one
// piece of work lasts.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/base/time.h"

namespace squall::sim {

class Interruptions {
 public:
  Interruptions() : late_by_stamp_{Duration{0}} {}

  std::uint16_t stamp() const { return stamp_; }
  bool hung() const { return hung_; }

  void crash() {
    ++stamp_;
    late_by_stamp_.assign(1, late_);
  }
  void hang(Instant now) {
    ++stamp_;
    late_by_stamp_.push_back(late_);
    hung_since_ = now;
    hung_ = true;
  }
  void revive(Instant now) {
    late_ += now - hung_since_;
    late_by_stamp_.back() = late_;
    hung_ = false;
  }
  /// How much is left of work that carries `stamp` and would be over by now; none if it is lost.
  /// During a hang: from the time when that is over.
  std::optional<Duration> left(std::uint16_t stamp, Instant now) const {
    const auto age = static_cast<std::uint16_t>(stamp_ - stamp);
    if (age >= late_by_stamp_.size()) return std::nullopt;
    const Duration late = late_ - late_by_stamp_[late_by_stamp_.size() - 1 - age];
    return hung_ ? late + (now - hung_since_) : late;
  }

 private:
  std::uint16_t stamp_ = 0;
  bool hung_ = false;
  Instant hung_since_{};
  Duration late_{0};  // all hangs that are over
  std::vector<Duration>
      late_by_stamp_;  // what that was when a stamp came into use; the last is stamp_'s
};

}  // namespace squall::sim
