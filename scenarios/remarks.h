// Remarks: what a reader of an expectation's figure should know before trusting it.
//
// A latency counts failed requests too, so a service that refuses everything at once looks fast. A
// percentile beyond which a handful of requests lie is one of these and not of the service. Cost:
// linear in the points of the load's series.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "reports/run_data.h"
#include "scenarios/expectations.h"

namespace squall::scenarios {

/// One for each latency of a load in whose window no request succeeded, and for each percentile of
/// too few requests. `answers`: to the expectation's figures, of all runs.
std::vector<std::string> remarks_on(const Expectation& expectation, const reports::RunData& data,
                                    std::span<const reports::Answer> answers);

}  // namespace squall::scenarios
