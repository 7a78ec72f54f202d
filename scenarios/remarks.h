// Remarks: what a reader of an expectation's figure should know before trusting it.
//
// A latency counts failed requests too, so a service that refuses everything at once looks fast.
// Cost: linear in the points of the load's series.
#pragma once
#include <string>
#include <vector>

#include "reports/run_data.h"
#include "scenarios/expectations.h"

namespace squall::scenarios {

/// One for each latency of a load in whose window no request succeeded.
std::vector<std::string> remarks_on(const Expectation& expectation, const reports::RunData& data);

}  // namespace squall::scenarios
