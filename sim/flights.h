// Flights: who fills the entries that one replica's cache does not have, and who waits for that.
//
// Single flight: of the tasks that miss one key together the first fills it, and the others wait in
// the order in which they came. Tasks are known by their streams. Not here: what they do then.
// Cost: O(1) for those who come, O(waiting) for one that gives up; allocates only to grow.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "sim/key_index.h"

namespace squall::sim {

class Flights {
 public:
  /// By stream: who waits after it for the same; shared by all flights, as a task waits for one.
  using Next = std::vector<std::uint32_t>;

  /// True: nobody fills it yet, so the task does.
  bool join(std::uint32_t key, std::uint32_t task, Next& next);
  bool leads(std::uint32_t key, std::uint32_t task) const;
  /// REQUIRES: somebody leads. By `next` the others.
  std::uint32_t first_waiting(std::uint32_t key) const { return flights_[index_.find(key)].first; }
  /// REQUIRES: somebody leads. It is over: the first of those who waited, by `next` the others.
  std::uint32_t end(std::uint32_t key);
  /// Gives up, if it has to do with it. Where it led, the first who waits leads from now on, and is
  /// what this returns; else kNone.
  std::uint32_t leave(std::uint32_t key, std::uint32_t task, Next& next);

 private:
  struct Flight {
    std::uint32_t leader = kNone;
    std::uint32_t first = kNone, last = kNone;  // of those who wait
  };
  static void forget(Flight& flight, std::uint32_t task, Next& next);

  KeyIndex index_;  // into flights_
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_;
};

}  // namespace squall::sim
