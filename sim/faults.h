// Faults: what breaks, when, and what that does to work, connections and proxies.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/model.h"

namespace squall::sim {

struct World;

class Faults {
 public:
  explicit Faults(World& world) : world_(world) {}

  void start();
  void on_start(std::uint32_t fault), on_end(std::uint32_t fault);
  void on_restart(std::uint32_t pod, std::uint32_t crash);
  /// How far a ramp has come, in [0, 1].
  double ramped(const FaultModel& fault) const;
  /// How long work takes that begins now on a pod's CPU.
  Duration at_cpu(std::uint32_t pod, Duration work) const;
  /// A pod, or its application alone, is down: its work is lost, connections to it close, or hang
  /// with a node.
  void take_down(std::uint32_t pod, scenarios::Fault::Of of);
  /// What its application has asked others is lost.
  void lose_calls(std::uint32_t pod);

 private:
  std::uint32_t slow_before(std::uint32_t ended, std::uint32_t pod) const;
  bool crash(std::uint32_t pod, scenarios::Fault::Of of);
  void drop_connections(std::uint32_t fault);

  World& world_;
  std::vector<std::vector<std::uint32_t>> cpu_;  // by pod: faults that slow it; empty: none will be
};

}  // namespace squall::sim
