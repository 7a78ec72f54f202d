// compare_runs: a scenario under two configurations, seed by seed.
//
// Both sides are built once, then run with the same seeds, so that they meet the same arrivals,
// service times and faults. What is found does not depend on how many runs go at a time. Cost: that
// of the runs of both sides, and two more where requests have changed their fate.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>

#include "policies/base/result.h"
#include "reports/diff_report.pb.h"
#include "scenarios/model.h"
#include "sim/run.h"

namespace squall::sim {

struct CompareControl {
  int runs = 1;  // of each side
  int jobs = 1;
  const std::atomic<bool>* stop = nullptr;  // set: seeds whose both sides have ended count
  std::function<void(Instant)> progress = nullptr;
  std::function<void()> run_done = nullptr;  // by any thread
};

struct Compared {
  reports::DiffReport report;
  Diagnostics warnings;  // of the models and the runs, not of reading the scenarios
};

/// Errors: as of build.h and run.h, with the side that they are of; sides of different lengths.
Result<Compared> compare_runs(const scenarios::Scenario& before, const scenarios::Scenario& after,
                              const CompareControl& control);

}  // namespace squall::sim
