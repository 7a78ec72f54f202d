// `threshold` of a test: what it searches for, and what is put into its scenario for that. Only
// scenarios/*.cc includes this. Cost: linear.
#pragma once
#include <optional>
#include <vector>

#include "config/fields.h"
#include "scenarios/threshold.h"

namespace squall::scenarios {

/// A test's `threshold`. `overrides` gets the expectation, to be judged run by run.
std::optional<ThresholdSearch> read_threshold(config::Fields& test,
                                              std::vector<config::Node>& overrides);

}  // namespace squall::scenarios
