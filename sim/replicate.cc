#include "sim/replicate.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "reports/pool.h"
#include "scenarios/judge.h"
#include "scenarios/onset.h"
#include "scenarios/remarks.h"
#include "sim/build.h"

namespace squall::sim {
namespace {

using Results = std::vector<reports::ExpectationResult>;

struct OneRun {
  std::optional<reports::RunData> data;
  Diagnostics problems, warnings;
};

/// The expectations on the run's own answers; those of `onsets` stand after them.
Results judge_run(const scenarios::Scenario& scenario, bool with_onsets, reports::RunData& data) {
  Results results = scenarios::judge(scenario, data.answers);
  if (!with_onsets) return results;
  const std::size_t own = scenarios::queries_of(scenario).size();
  const auto onsets = scenarios::onsets_of(scenario, std::span(data.answers).subspan(own));
  for (std::size_t i = 0; i < results.size(); ++i) results[i].wrong_since = onsets[i];
  data.answers.resize(own);
  return results;
}

/// Seeds seed ... seed+runs-1, each a function of its own; `jobs` of them at a time.
std::vector<OneRun> run_all(const Model& model, const ReplicateControl& control) {
  std::vector<OneRun> results(static_cast<std::size_t>(control.runs));
  std::atomic<std::size_t> next = 0;
  const std::atomic<bool>* const stop = control.each.stop;
  const auto work = [&] {
    for (std::size_t i = next++; i < results.size(); i = next++) {
      if (stop != nullptr && *stop) return;
      OneRun& one = results[i];
      RunControl own = control.each;
      if (i == 0) own.also = scenarios::onset_queries(*model.scenario);
      auto data = run(model, model.scenario->seed + i, one.warnings, own);
      if (data) {
        data->expectations = judge_run(*model.scenario, i == 0, *data);
        data->runs = {{.seed = data->seed, .verdict = reports::verdict_of(*data)}};
        one.data = *std::move(data);
      } else {
        one.problems = std::move(data.error());
      }
      if (control.run_done) control.run_done();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < std::min(control.jobs, control.runs); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return results;
}

/// On the pooled answers; what asks for a share of the runs, on what each of them found.
void judge_all(const scenarios::Scenario& scenario, const std::vector<Results>& each,
               reports::RunData& pooled) {
  pooled.expectations = scenarios::judge(scenario, pooled.answers);
  for (std::size_t i = 0; i < scenario.expectations.size(); ++i) {
    const scenarios::Expectation& expectation = scenario.expectations[i];
    if (expectation.share) {
      std::uint64_t held = 0;
      for (const Results& one : each) held += one[i].share.held;
      pooled.expectations[i] = scenarios::judge_share(expectation, held, each.size());
    }
    pooled.expectations[i].wrong_since = each.front()[i].wrong_since;
    for (std::string& remark : scenarios::remarks_on(expectation, pooled))
      pooled.notes.push_back(std::move(remark));
  }
}

}  // namespace

Result<Replications> replicate(const scenarios::Scenario& scenario,
                               const ReplicateControl& control) {
  const auto model = build(scenario, !control.each.decision_log.empty());
  if (!model) return std::unexpected(model.error());
  Replications out{.pooled = std::nullopt, .warnings = (*model)->warnings};
  std::vector<Results> each;
  for (OneRun& one : run_all(**model, control)) {
    if (!one.problems.empty()) return std::unexpected(std::move(one.problems));
    out.warnings.add(one.warnings);
    if (!one.data) continue;
    each.push_back(std::move(one.data->expectations));
    if (!out.pooled) {
      out.pooled = std::move(one.data);
    } else {
      reports::merge(*out.pooled, *one.data);
    }
  }
  if (out.pooled) judge_all(scenario, each, *out.pooled);
  return out;
}

}  // namespace squall::sim
