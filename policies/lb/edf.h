// EDF: who is next, when everybody gets turns in proportion to a weight that may change?
//
// Earliest deadline first: an entry's deadline is its last turn plus 1/weight; ties go to the one
// that was put in first. Entries are numbers 0..n-1. Source: Envoy's EdfScheduler, 1.36, with its
// start state after `picks` turns computed, not played. Cost: a turn is O(log n); 16 bytes an
// entry.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace squall::policies::lb {

class Edf {
 public:
  Edf() = default;
  /// As if all entries had been added and `picks` turns been taken. `weight(entry)` is above 0.
  template <class Weight>
  Edf(std::uint32_t entries, std::uint64_t picks, const Weight& weight) {
    restart(entries, picks, weight);
  }
  /// The same, in the memory that is there.
  template <class Weight>
  void restart(std::uint32_t entries, std::uint64_t picks, const Weight& weight) {
    heap_.resize(entries);
    for (std::uint32_t i = 0; i < entries; ++i) heap_[i].deadline = weight(i);
    for (std::uint32_t left = start(picks); left > 0; --left) pick(weight);
  }

  void add(std::uint32_t entry, double weight);

  /// The next entry, which is put in again with its weight of now. There must be one.
  template <class Weight>
  std::uint32_t pick(const Weight& weight) {
    const std::uint32_t entry = take();
    add(entry, weight(entry));
    return entry;
  }

  std::size_t size() const { return heap_.size(); }

 private:
  struct Turn {
    double deadline;
    std::uint32_t order;
    std::uint32_t entry;
  };
  static bool later(const Turn& a, const Turn& b);
  /// Finds weights in place of deadlines. Puts everybody where whole rounds leave them; returns how
  /// many turns are still to be taken.
  std::uint32_t start(std::uint64_t picks);
  std::uint32_t take();

  std::vector<Turn> heap_;
  double now_ = 0;
  std::uint32_t order_ = 0;
};

}  // namespace squall::policies::lb
