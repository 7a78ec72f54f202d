// HorizontalPodAutoscaler: by how much CPU a workload's replicas use, how many there are.
//
// With the API's defaults filled in; CPU is in thousandths of a core. Source: the Kubernetes API,
// autoscaling/v2 and v1, and core/v1's quantities.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/fields.h"
#include "config/kubernetes_meta.h"
#include "policies/base/time.h"

namespace squall::config {

/// How many replicas may come or go within a period.
struct ScalingPolicy {
  bool percent = false;  // of those at its begin; else replicas
  int value = 0;
  Duration period{};
};
struct ScalingRules {
  enum class Select : std::uint8_t { kMax, kMin, kDisabled };
  Duration stabilization{};  // the most cautious wish of so long counts
  std::vector<ScalingPolicy> policies;
  Select select = Select::kMax;
  double tolerance = 0.1;  // so far from the target nothing changes
};
struct ScalingBehavior {
  ScalingRules up, down;
};

/// What the replicas' CPU is held against.
struct CpuTarget {
  bool of_request = false;  // `value` is a percentage of what they request; else millicores of each
  std::int64_t value = 0;
};

struct HorizontalPodAutoscaler {
  Meta meta;
  std::string kind, name;  // of its target
  Place target;
  int least = 1, most = 0;
  std::vector<CpuTarget> targets;           // the one that asks for the most replicas counts
  std::vector<Place> others;                // metrics that a run does not know
  std::optional<ScalingBehavior> behavior;  // absent: the controller has rules of its own
};

void read(Fields& object, HorizontalPodAutoscaler& out);

/// "500m", 1.5 or 2: thousandths of a core, rounded up; none after reporting.
std::optional<std::int64_t> read_cpu(const Value& value);
/// Of a container, in thousandths of a core.
struct ContainerCpu {
  std::optional<std::int64_t> request, limit;  // the limit is requested where no request is said
};
ContainerCpu read_container_cpu(Fields& container);

}  // namespace squall::config
