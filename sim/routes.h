// routes: what a sidecar would do with a request, asked of its routes instead of a run.
//
// The mesh is compiled as for a run, and the caller's own router finds the route. Routes that draw
// (fractions of requests) are asked once. Cost: that of compiling; a look-up a check.
#pragma once
#include <span>
#include <vector>

#include "policies/base/result.h"
#include "reports/expectation_result.h"
#include "scenarios/test_file.h"

namespace squall::sim {

/// A result for each check; that of one which fails says where the request goes and by which of the
/// user's rules. `scenario` has the loads of the checks. Errors: as of build.h. Warnings go to
/// `warnings`.
Result<std::vector<reports::ExpectationResult>> check_routes(
    const scenarios::Scenario& scenario, std::span<const scenarios::RouteCheck> checks,
    Diagnostics& warnings);

}  // namespace squall::sim
