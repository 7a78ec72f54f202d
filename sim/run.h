// run: one model, one seed, in virtual time.
//
// A run is a function of the scenario and the seed: the same figures on every machine, build and
// thread. Several may run one model at a time. Not here: several seeds (sim/replicate.h) and how a
// report is written. Cost: see docs; roughly a million hops a second.
#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "policies/base/result.h"
#include "reports/run_data.h"
#include "sim/fates.h"
#include "sim/model.h"

namespace squall::sim {

struct RunControl {
  const std::atomic<bool>* stop =
      nullptr;  // set: the run ends early, its figures up to then are valid
  std::function<void(Instant)> progress = nullptr;  // called about once a virtual second
  // A scenario that has no end is an error: more events at one instant (and 200 for each user), or
  // more requests under way at once, about 1.3 kB each.
  std::uint64_t most_at_once = 50'000'000;
  std::uint32_t most_under_way = 1U << 21;
  std::vector<reports::Query> also{};  // answered after those of the scenario
  std::string decision_log{};          // a file for all that proxies decide; empty: none
  std::uint64_t decision_log_bytes = std::uint64_t{1} << 30;
  Fates* fates = nullptr;  // told what becomes of each request
  Trace* trace = nullptr;  // told what is decided; `fates` tells it which requests begin
};

/// Errors: a scenario that has no end, a decision log that cannot be written. Warnings of this run
/// go to `warnings`; those of the model stand in it. For a decision log, the model must have kept
/// its bootstraps.
Result<reports::RunData> run(const Model& model, std::uint64_t seed, Diagnostics& warnings,
                             const RunControl& control = {});

/// The scenario with its own seed: its model is built for this run, and warns here, too.
Result<reports::RunData> run(const scenarios::Scenario& scenario, Diagnostics& warnings,
                             const RunControl& control = {});

}  // namespace squall::sim
