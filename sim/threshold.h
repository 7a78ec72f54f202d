// threshold: a test that searches for the value at which an expectation begins or ceases to hold.
//
// A value is on the side on which most of its few seeds are. What is found is then checked with all
// of the test's seeds 15 % below and above it. Nothing depends on how many run at a time. Cost: the
// runs, some ten values of them and the two sides.
#pragma once
#include "sim/run_tests.h"

namespace squall::sim {

/// Sets verdict, expectations and threshold. REQUIRES: the test searches for one. Errors: as of
/// replicate.h, and of reading the scenario with a value.
Result<void> find_threshold(const TestCase& one, int jobs, const std::atomic<bool>* stop,
                            reports::TestResult& out, Diagnostics& warnings);

}  // namespace squall::sim
