// ProcessorSharing: when work ends on cores that all of it shares equally.
//
// With n pieces of work on c cores each advances at min(1, c/n). Virtual time V is what a piece present
// all along would have got, so work that comes at V and needs w ends when V reaches V + w, whoever comes
// or goes between: one heap by that. V counts in 2^-12 ns and is rounded down once a change; it starts
// anew whenever the cores fall idle. Equal ends: in the order of coming.
// Source: the virtual clock of Parekh and Gallager, 1993. Cost: O(log n) a piece.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"

namespace squall::sim {

class ProcessorSharing {
 public:
  explicit ProcessorSharing(std::uint32_t cores) : cores_(cores) {}

  void add(std::uint32_t id, Duration work, Instant now);
  /// When the first piece ends if none comes; kNever if there is none or the cores are frozen.
  Instant next_end() const;
  /// A piece that has ended by now, kNone if there is none.
  std::uint32_t take_ended(Instant now);
  /// While frozen nothing advances.
  void set_frozen(bool frozen, Instant now);
  /// All work is lost.
  void clear(Instant now);

  std::uint32_t size() const { return static_cast<std::uint32_t>(heap_.size()); }
  /// Core-nanoseconds in use since the start (while frozen too).
  std::uint64_t core_ns(Instant now) const;

 private:
  struct Piece {
    std::uint64_t ends;  // the value of V
    std::uint64_t number;
    std::uint32_t id;
  };
  static constexpr unsigned kFraction = 12;
  static bool later(const Piece& x, const Piece& y) {
    return x.ends != y.ends ? x.ends > y.ends : x.number > y.number;
  }
  std::uint64_t busy_cores() const { return heap_.size() < cores_ ? heap_.size() : cores_; }
  void advance(Instant now);

  std::vector<Piece> heap_;  // std::push_heap, the first to end in front
  std::uint32_t cores_;
  bool frozen_ = false;
  Instant at_{};         // when virtual_ was
  std::uint64_t virtual_ = 0;
  std::uint64_t core_ns_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace squall::sim
