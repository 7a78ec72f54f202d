// Unrouted: whose rules were passed over where requests matched no route.
//
// A 404 with NR is an answer, and a success, so that nothing else of a report makes one look at the
// VirtualService that cut the traffic off. Looked up once after a run, of calls that met it. Cost:
// a look-up of a route for each such call and epoch.
#pragma once
#include "reports/run_data.h"
#include "sim/model.h"

namespace squall::sim {

/// Adds a cause for each.
void tell_unrouted(const Model& model, reports::RunData& data);

}  // namespace squall::sim
