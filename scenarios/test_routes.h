// RouteCheck: what a test says of the route that a request takes, without a run.
//
// Reading one makes a load of the request, so that its caller, host and port are settled (and are
// wrong) in the way of every other call; what the route must be is kept apart. Only scenarios/*.cc
// includes this. Cost: linear.
#pragma once
#include <vector>

#include "config/fields.h"
#include "scenarios/test_file.h"

namespace squall::scenarios {

/// A test's `routes`. `overrides` gets what puts their requests among the scenario's loads.
std::vector<RouteCheck> read_routes(config::Fields& test, std::vector<config::Node>& overrides);

}  // namespace squall::scenarios
