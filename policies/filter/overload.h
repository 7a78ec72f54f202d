// Overload manager: how far is each action to go, by how pressed its resources are?
//
// A threshold is on or off, a scaled trigger rises from 0 to 1 between two pressures; an action
// goes as far as the furthest of its triggers. Measuring, and what an action does, is the caller's.
// Source: Envoy's server/overload_manager_impl.cc, 1.36 (docs/policies.md, "Overload manager").
// Cost: linear in the triggers.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "policies/base/time.h"

namespace squall::policies {

struct OverloadTrigger {
  std::uint32_t resource = 0;  // of OverloadConfig::resources
  bool scaled = false;
  double scaling = 0;     // from where on it rises
  double saturation = 1;  // or the threshold
};
struct OverloadResource {
  enum class Kind : std::uint8_t { kFixedHeap, kInjected };
  std::string name;
  Kind kind = Kind::kFixedHeap;
  std::uint64_t max_heap_bytes = 0;
  std::string file;  // kInjected: that holds the pressure
};
struct OverloadAction {
  enum class Kind : std::uint8_t {
    kStopAcceptingRequests,
    kDisableHttpKeepalive,
    kStopAcceptingConnections,   // at its full level: they wait where they are
    kRejectIncomingConnections,  // that share of them
    kReduceTimeouts,             // ReducedTimeouts says which
    kShrinkHeap
  };
  Kind kind = Kind::kStopAcceptingRequests;
  std::string name;
  std::vector<OverloadTrigger> triggers;
};
struct OverloadConfig {
  Duration refresh_interval = 1s;
  std::vector<OverloadResource> resources;
  std::vector<OverloadAction> actions;
};

/// How far one of the timeouts goes down.
struct LeastTimeout {
  bool reduced = false;
  Duration least{};  // where it ends, or
  double share = 0;  // at this part of what it is, of 1
};
/// Those of a listener that the action kReduceTimeouts is for.
struct ReducedTimeouts {
  LeastTimeout stream_idle, connection_idle, connection_duration;
};
/// What a timeout is at the action's level, in whole milliseconds.
Duration reduced_timeout(const LeastTimeout& limit, Duration timeout, double level);

/// 0 to 1, by a pressure of which 1 is all there is.
double level_of(const OverloadTrigger& trigger, double pressure);
double level_of(const OverloadAction& action, std::span<const double> pressures);

}  // namespace squall::policies
