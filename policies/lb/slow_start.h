// Slow start: how much of its weight does a host get that has been healthy for so long?
//
// Source: Envoy's EdfLoadBalancerBase::applySlowStartFactor, 1.36 (docs/policies.md, "Slow start").
#pragma once
#include "policies/base/time.h"
#include "policies/cluster_config.h"

namespace squall::policies::lb {

/// Above 0, at most 1. Whole milliseconds count.
double slow_start_factor(const SlowStart& config, Duration age);

}  // namespace squall::policies::lb
