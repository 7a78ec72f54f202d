// Autoscalers: those of a run, each of which looks at its workload's replicas every 15 s.
//
// A replica's use is that of its cores since the look before, as a metrics server would tell it
// without delay. The looks of one are at an instant of the 15 s that is drawn for it.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/autoscaler.h"
#include "sim/event.h"

namespace squall::sim {

struct World;

class Autoscalers {
 public:
  explicit Autoscalers(World& world) : world_(world) {}

  void start();
  void on_event(const Event& event);

 private:
  struct One {
    Autoscaler decisions;
    std::vector<std::uint64_t> before;  // of each replica at the look before: its Areas::working
  };

  void schedule(Instant at, std::uint32_t index);
  ScalingNow look(std::uint32_t index);

  World& world_;
  std::vector<One> all_;  // by Model::autoscalers
};

}  // namespace squall::sim
