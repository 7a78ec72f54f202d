// Warm-up: whether a load had settled when its figures began.
//
// As in MSER-5, of the medians of five steps each, from the start of the run to the first fault or
// change, so many are cut off that the mean of the rest is sure: the fewest with which its error is
// within a quarter of the least. Where that is more than the warm-up, and what the warm-up leaves
// of it is another latency than the rest, the load had not settled. A load whose rate changes never
// does, and one of fewer than 100 steps tells too little: nothing is said of them. Cost: linear in
// the steps of the series, and in the square of their batches.
#pragma once
#include <string>
#include <vector>

#include "reports/run_data.h"
#include "scenarios/model.h"

namespace squall::scenarios {

/// One for each load that had not settled.
std::vector<std::string> remarks_on_warm_up(const Scenario& scenario, const reports::RunData& data);

}  // namespace squall::scenarios
