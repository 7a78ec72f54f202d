// How much of everything a replica has.
#pragma once
#include <cstdint>

#include "policies/base/ids.h"
#include "sim/queue.h"

namespace squall::sim {

struct StationShape {
  std::uint32_t concurrency = kNone;  // kNone: no limit
  std::uint32_t cores = kNone;        // kNone: work needs no core
  bool processor_sharing = false;     // else first come, first served
  std::uint32_t queue_limit = kNone;  // kNone: no limit
  Queue::Order order = Queue::Order::kFifo;
};

}  // namespace squall::sim
