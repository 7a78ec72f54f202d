// Waypoints: which one a Service's calls go by in ambient mode, as labels say.
//
// A Service's label istio.io/use-waypoint goes before its Namespace's; "none" opts out. What a
// waypoint is for is said by its own label istio.io/waypoint-for. Not here: waypoints of pods,
// which calls to a Service do not meet, and those of other namespaces. Source: istio/istio
// pilot/pkg/serviceregistry/kube/controller/ambient/waypoints.go. Cost: a look-up.
#pragma once
#include "config/resources.h"

namespace squall::config {

/// Null: calls to the Service go past waypoints.
const Waypoint* waypoint_of(const Resources& resources, const Service& service);
/// What labels ask for and a run does not do.
void warn_of_waypoints(const Resources& resources, Diagnostics& diagnostics);

}  // namespace squall::config
