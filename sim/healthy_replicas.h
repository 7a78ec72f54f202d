// HealthyReplicas: of each replica, what share of its callers' sidecars would choose it: it is
// ready, and they have not ejected it.
//
// For a replica that no sidecar calls, whether it is ready. Cost: constant a change.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/model.h"

namespace squall::sim {

class HealthyReplicas {
 public:
  explicit HealthyReplicas(const Model& model);

  void set_ready(std::uint32_t pod, bool ready, Instant now);
  /// One more sidecar has ejected it, or one fewer.
  void on_ejected(std::uint32_t pod, Instant now);
  void on_returned(std::uint32_t pod, Instant now);
  /// The share times nanoseconds since the last reading.
  double read(std::uint32_t pod, Instant now);

 private:
  struct Pod {
    std::uint32_t callers = 0;  // sidecars
    std::uint32_t ejecting = 0;
    bool ready = false;
    Instant since{};
    double area = 0;

    double share() const;
  };
  Pod& settled(std::uint32_t pod, Instant now);

  std::vector<Pod> pods_;
};

}  // namespace squall::sim
