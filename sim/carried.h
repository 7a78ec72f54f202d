// What calls and tasks carry that few scenarios ask for, beside their records.
//
// By the record's index, in tables that grow when they are used, so that the records of all others
// stay as small as they are.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "sim/event_queue.h"

namespace squall::sim {

/// Of a call.
struct Carried {
  std::uint32_t key = kNone;   // of the load's request that it is for
  std::uint32_t head = kNone;  // that tells the key; none: as where it is made
  Instant deadline = kNever;   // of who makes it, handed on
  Instant expected = kNever;   // as its caller's sidecar tells it with the latest attempt
  std::uint32_t previous = kNone, next = kNone;  // among those of its task

  /// What another call for the same carries.
  Carried of_copy() const {
    Carried copy;
    copy.key = key;
    copy.head = head;
    copy.deadline = deadline;
    return copy;
  }
};

/// Of a task that may end before it is done: with its client, or at its deadline.
struct Watched {
  Instant deadline = kNever;
  Instant began{};                   // own work
  Duration done{};                   // own work before that
  EventHandle work{};                // and its end, while it is under way
  std::uint32_t first_call = kNone;  // under way
  bool works = false, awaits_deadline = false;
};

template <class T>
class Beside {
 public:
  T& operator[](std::uint32_t index) {
    if (index >= rows_.size()) [[unlikely]]
      rows_.resize(std::size_t{index} * 2 + 16);
    return rows_[index];
  }

 private:
  std::vector<T> rows_;
};

}  // namespace squall::sim
