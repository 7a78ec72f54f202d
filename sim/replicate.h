// replicate: several runs of one scenario, each with a seed of its own, judged and pooled.
//
// The seeds are the scenario's and those that follow it. The model is built once and read by all
// runs, `jobs` of them at a time; what is found does not depend on how many. Cost: that of the
// runs, whose figures are pooled as they end.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "policies/base/result.h"
#include "reports/run_data.h"
#include "scenarios/model.h"
#include "sim/run.h"

namespace squall::sim {

struct ReplicateControl {
  int runs = 1;
  int jobs = 1;
  RunControl each{};                         // for every run; a decision log is of one run alone
  std::function<void()> run_done = nullptr;  // by any thread
};

struct Replications {
  std::optional<reports::RunData> pooled;  // none: stopped before any run had begun
  Diagnostics warnings;                    // of the model and the runs, not of reading the scenario
};

/// Judges the scenario's expectations on what the runs found; of one that fails it says since when
/// it did in the first run. Errors: as of build.h and run.h.
Result<Replications> replicate(const scenarios::Scenario& scenario,
                               const ReplicateControl& control);

}  // namespace squall::sim
