// Autoscaler: how many replicas a workload shall have, by the CPU that they use.
//
// As the controller of a HorizontalPodAutoscaler decides every 15 s: the wish is the replicas that
// would use what is used at the target; within a tenth of it nothing changes; the most cautious
// wish of a window counts, and no more come or go in a period than the policies let. Source:
// Kubernetes' horizontal controller and its replica calculator, 1.31; the tolerance of a
// `behavior` is 1.33's. Cost: linear in the wishes of the longest window.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "config/kubernetes_scaling.h"
#include "policies/base/time.h"

namespace squall::sim {

/// What a decision is about. CPU is in thousandths of a core.
struct ScalingNow {
  Instant at{};
  std::uint32_t replicas = 0;  // that are wanted so far
  std::uint32_t counted = 0;   // of them: ready, with a known use
  std::uint32_t unready = 0;   // not ready yet, or not for long enough
  std::uint32_t missing = 0;   // of which no use is known
  std::int64_t used = 0;       // by those that are counted, together
  std::int64_t request = 0;    // of each
};

/// The replicas that would use what is used at the target; as they are within the tolerance of it.
/// None where nothing is known. Those that are not ready count as idle when that would add some;
/// those of which nothing is known then, too, and as busy when it would take some away.
std::optional<std::uint32_t> wished(const config::HorizontalPodAutoscaler& rules,
                                    const ScalingNow& now);

/// The decisions of one.
class Autoscaler {
 public:
  /// REQUIRES: the rules outlive this.
  explicit Autoscaler(const config::HorizontalPodAutoscaler& rules) : rules_(rules) {}
  /// How many there shall be from now on. Instants never go back.
  std::uint32_t decide(const ScalingNow& now);

 private:
  struct Wish {
    Instant at;
    std::uint32_t replicas;
  };
  struct Change {
    Instant at;
    std::int64_t by;
  };
  std::uint32_t by_default(const ScalingNow& now, std::uint32_t wish) const;
  std::uint32_t stabilized(const ScalingNow& now, std::uint32_t wish) const;
  std::uint32_t limited(const ScalingNow& now, std::uint32_t wish) const;
  std::int64_t limit(const ScalingNow& now, bool up) const;
  void forget(Instant now);

  const config::HorizontalPodAutoscaler& rules_;
  std::deque<Wish> wishes_;
  std::deque<Change> changes_;
};

}  // namespace squall::sim
