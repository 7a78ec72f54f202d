#include "sim/replicate.h"

#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/pool.h"
#include "scenarios/judge.h"
#include "scenarios/onset.h"
#include "scenarios/remarks.h"
#include "scenarios/warm_up.h"
#include "sim/build.h"
#include "sim/side_by_side.h"

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

/// Takes what runs found in the order of their seeds, whichever ends first: a run that waits for
/// one before it is kept, all others are pooled at once.
class Pool {
 public:
  explicit Pool(std::size_t runs) : waiting_(runs) {}

  void add(std::size_t index, OneRun one) {
    const std::scoped_lock lock(mutex_);
    waiting_[index] = std::move(one);
    for (; next_ < waiting_.size() && waiting_[next_]; ++next_) {
      take(*std::move(waiting_[next_]));
      waiting_[next_].reset();
    }
  }
  /// What waited for one that has never begun, too.
  void end() {
    for (; next_ < waiting_.size(); ++next_) {
      if (waiting_[next_]) take(*std::move(waiting_[next_]));
    }
  }

  Diagnostics problems;  // of the first that had some
  Replications found;
  std::vector<Results> each;

 private:
  void take(OneRun one) {
    if (problems.empty()) problems = std::move(one.problems);
    found.warnings.add(one.warnings);
    if (!one.data) return;
    each.push_back(std::move(one.data->expectations));
    if (!found.pooled) {
      found.pooled = std::move(one.data);
    } else {
      reports::merge(*found.pooled, *one.data);
    }
  }

  std::mutex mutex_;
  std::vector<std::optional<OneRun>> waiting_;
  std::size_t next_ = 0;
};

OneRun run_one(const Model& model, std::size_t index, const ReplicateControl& control) {
  OneRun one;
  RunControl own = control.each;
  if (index == 0) own.also = scenarios::onset_queries(*model.scenario);
  auto data = run(model, model.scenario->seed + index, one.warnings, own);
  if (!data) {
    one.problems = std::move(data.error());
    return one;
  }
  data->expectations = judge_run(*model.scenario, index == 0, *data);
  data->runs = {{.seed = data->seed, .verdict = reports::verdict_of(*data)}};
  one.data = *std::move(data);
  return one;
}

/// Seeds seed ... seed+runs-1, each a function of its own; `jobs` of them at a time.
void run_all(const Model& model, const ReplicateControl& control, Pool& pool) {
  side_by_side(static_cast<std::size_t>(control.runs), control.jobs, control.each.stop,
               [&](std::size_t i) {
                 pool.add(i, run_one(model, i, control));
                 if (control.run_done) control.run_done();
               });
  pool.end();
}

/// On the pooled answers; what asks for a share of the runs, on what each of them found.
void judge_all(const scenarios::Scenario& scenario, const std::vector<Results>& each,
               reports::RunData& pooled) {
  pooled.expectations = scenarios::judge(scenario, pooled.answers);
  std::span<const reports::Answer> answers = pooled.answers;
  for (std::size_t i = 0; i < scenario.expectations.size(); ++i) {
    const scenarios::Expectation& expectation = scenario.expectations[i];
    if (expectation.share) {
      std::uint64_t held = 0;
      for (const Results& one : each) held += one[i].share.held;
      pooled.expectations[i] = scenarios::judge_share(expectation, held, each.size());
    }
    // Of a share, failing in one run may be just what is wanted.
    if (!expectation.share) pooled.expectations[i].wrong_since = each.front()[i].wrong_since;
    for (std::string& remark : scenarios::remarks_on(expectation, pooled, answers))
      pooled.notes.push_back(std::move(remark));
    for (const scenarios::Figure& figure : expectation.figures)
      answers = answers.subspan(figure.queries());
  }
  for (std::string& remark : scenarios::remarks_on_warm_up(scenario, pooled))
    pooled.notes.push_back(std::move(remark));
}

/// What holds in the only run holds in all of them.
void warn_of_one_run(const scenarios::Scenario& scenario, Diagnostics& diagnostics) {
  for (const scenarios::Expectation& one : scenario.expectations) {
    if (!one.share) continue;
    diagnostics.add(
        {one.place.file ? *one.place.file : std::string(), one.place.line, one.place.column,
         Severity::kWarning,
         one.path + ": asks for a share of the runs, and there is one, which says little",
         "run more: --runs 20, or runs: 20 in a test"});
  }
}

}  // namespace

Result<Replications> replicate(const scenarios::Scenario& scenario,
                               const ReplicateControl& control) {
  const auto model = build(scenario, {.keep_bootstraps = !control.each.decision_log.empty()});
  if (!model) return std::unexpected(model.error());
  Pool pool(static_cast<std::size_t>(control.runs));
  pool.found.warnings = (*model)->warnings;
  if (control.runs == 1) warn_of_one_run(scenario, pool.found.warnings);
  run_all(**model, control, pool);
  if (!pool.problems.empty()) return std::unexpected(std::move(pool.problems));
  if (pool.found.pooled) judge_all(scenario, pool.each, *pool.found.pooled);
  return std::move(pool.found);
}

}  // namespace squall::sim
