// Counts of answers: by status code and by list of response flags. Small enough to stand in every
// edge.
//
// Cost: a status is one increment; a flag list a search among the few that occur, the common first.
#pragma once
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace squall::reports {

/// By HTTP status; 0 is no answer (a reset, a timeout without one).
class StatusCounts {
 public:
  static constexpr std::size_t kCodes = 600;

  void add(int status) {
    ++counts_[static_cast<std::size_t>(status) < kCodes ? static_cast<std::size_t>(status) : 0];
  }
  void merge(const StatusCounts& other) {
    for (std::size_t i = 0; i < kCodes; ++i) counts_[i] += other.counts_[i];
  }
  std::uint64_t operator[](int status) const { return counts_[static_cast<std::size_t>(status)]; }

 private:
  std::array<std::uint64_t, kCodes> counts_{};
};

/// By the ordered list of flags, packed one byte each from the lowest; 0 is none.
class FlagCounts {
 public:
  FlagCounts() { entries_.reserve(kUsual); }

  void add(std::uint64_t packed, std::uint64_t n = 1) {
    if (packed == 0) {
      none_ += n;
      return;
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].first != packed) continue;
      entries_[i].second += n;
      if (i > 0 && entries_[i].second > entries_[i - 1].second)
        std::swap(entries_[i], entries_[i - 1]);
      return;
    }
    entries_.emplace_back(packed, n);
  }
  void merge(const FlagCounts& other) {
    none_ += other.none_;
    for (const auto& [packed, n] : other.entries_) add(packed, n);
  }
  /// Lists that are not empty.
  const std::vector<std::pair<std::uint64_t, std::uint64_t>>& entries() const { return entries_; }
  std::uint64_t none() const { return none_; }

 private:
  std::uint64_t none_ = 0;
  static constexpr std::size_t kUsual = 16;  // lists that a run has without taking memory again
  std::vector<std::pair<std::uint64_t, std::uint64_t>> entries_;
};

}  // namespace squall::reports
