// Changes: what people and rollouts do to a mesh while it runs.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/document.h"
#include "policies/base/distributions.h"
#include "policies/base/time.h"
#include "scenarios/workload_model.h"

namespace squall::scenarios {

/// As in "DestinationRule/shop/app".
struct ResourceName {
  std::string kind, space, name;
  config::Place place;
  std::string text() const { return kind + " " + space + "/" + name; }
};

struct Change {
  enum class Kind : std::uint8_t { kScale, kRestart, kConfigure };
  Kind kind = Kind::kScale;
  config::Place place;
  Duration at{};
  std::vector<std::pair<WorkloadRef, int>> scale;  // kScale: to so many replicas
  WorkloadRef workload;                            // kRestart
  double pace_per_s = 0;                           // kRestart: replicas a second; 0: all at once
  // kConfigure: manifests that are new or replace others, and those that go.
  std::vector<config::Node> applied;
  std::vector<ResourceName> deleted;
  std::optional<Distribution> reach_delay;  // until a proxy has it; absent: mesh.push.delay
  std::vector<WorkloadRef> never;           // pods and workloads whose proxies do not get it
};

}  // namespace squall::scenarios
