// ProcessorSharing: when work ends on cores that all of it shares equally.
//
// With n pieces of work on c cores each advances at min(1, c/n). Virtual time V is what a piece
// present all along would have got, so work that comes at V and needs w ends when V reaches V + w,
// whoever comes or goes between: one heap by that. Times are kept in 2^-12 ns, so that ends which
// fall between two nanoseconds (and are told at the second) add up to no drift; runs may take 52
// days. Equal ends: in the order of coming. V starts anew whenever the cores fall idle. Source: the
// virtual clock of Parekh and Gallager, 1993. Cost: O(log n) a piece.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "sim/ring.h"

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
  /// A piece is taken away; false: it has ended.
  bool remove(std::uint32_t id, Instant now);
  /// All work is lost.
  void clear(Instant now);

  /// Core-nanoseconds in use since the start; frozen ones count.
  std::uint64_t core_ns(Instant now);

 private:
  __extension__ using Wide = unsigned __int128;
  struct Piece {
    std::uint64_t ends;  // the value of V
    std::uint64_t number;
    std::uint32_t id;
  };
  static constexpr unsigned kFraction = 12;
  // An end this little after a nanosecond (1/16) is told at it: rounding has made it late.
  static constexpr std::uint64_t kSlack = 256;

  static bool later(const Piece& x, const Piece& y) {
    return x.ends != y.ends ? x.ends > y.ends : x.number > y.number;
  }
  std::uint64_t busy_cores() const { return heap_.size() < cores_ ? heap_.size() : cores_; }
  /// How long the first piece still takes, in 2^-12 ns, rounded up.
  Wide first_takes() const;
  void advance(Instant now);
  void pass(std::uint64_t time);
  void piece_count_was(std::uint64_t before);

  std::vector<Piece> heap_;    // std::push_heap: the first to end in front
  Ring<std::uint32_t> ended_;  // not yet taken
  std::uint32_t cores_;
  bool frozen_ = false;
  std::uint64_t at_ = 0;  // all times in 2^-12 ns
  std::uint64_t virtual_ = 0;
  std::uint64_t remainder_ = 0;  // of virtual_, in parts of as many as there are pieces
  Wide core_time_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace squall::sim
