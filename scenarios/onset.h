// Onset: since when an expectation that fails has been failing.
//
// A run is asked for each figure in steps, too (about a hundred of them, whole seconds). Summed up
// from the window's begin, the figure is right until something happens and wrong from then to the
// end; that instant is the onset. Expectations whose figures have functions or windows of their own
// have none. Cost: an accumulator a step; of a latency 38 KiB each.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "reports/query.h"
#include "scenarios/model.h"

namespace squall::scenarios {

/// What a run must answer besides, in the order in which onsets_of() takes it.
std::vector<reports::Query> onset_queries(const Scenario& scenario);

/// By expectation; none: it holds, or nothing says since when it does not.
std::vector<std::optional<Instant>> onsets_of(const Scenario& scenario,
                                              std::span<const reports::Answer> answers);

}  // namespace squall::scenarios
