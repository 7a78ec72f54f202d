// run_lab: carries out a conformance case in virtual time, on the policies' own machines.
//
// The world is the one that envoylab describes: no delay on the network, each thing that arrives an
// event of its own, scripted backends, one worker. The draws come from a fixed seed. Cost: some
// microseconds a request.
#pragma once
#include <string>

#include "policies/base/result.h"
#include "scenarios/lab_plan.h"
#include "sim/lab/record.h"

namespace squall::sim {

/// `decision_log`: a file for all that is decided; empty: none.
Result<lab::Record> run_lab(const scenarios::LabPlan& plan, const std::string& decision_log = {});

}  // namespace squall::sim
