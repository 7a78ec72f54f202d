#include "sim/compare_runs.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "reports/comparison.h"
#include "reports/pool.h"
#include "scenarios/changed_resources.h"
#include "scenarios/sides.h"
#include "sim/build.h"
#include "sim/changed_fates.h"
#include "sim/fates.h"
#include "sim/first_difference.h"
#include "sim/side_by_side.h"
#include "sim/trace.h"

namespace squall::sim {
namespace {

using ModelPtr = std::unique_ptr<Model>;

struct Models {
  ModelPtr before, after;
};

/// What both sides found of one seed.
struct OneSeed {
  reports::ComparedRun before, after;
  std::optional<ChangedFates> fates;
  Diagnostics problems, warnings;
};

std::string key_of(const EdgeModel& edge) {
  reports::Edge row;
  row.set_source(edge.source);
  row.set_service(edge.service);
  row.set_subset(edge.subset);
  row.set_destination(edge.destination);
  return reports::key_of(row);
}

reports::BatchesOf batches_of(const Model& model, const Fates& fates) {
  reports::BatchesOf out;
  for (std::size_t i = 0; i < model.loads.size(); ++i)
    out.loads.emplace(model.loads[i].name, fates.load_batches()[i]);
  for (std::size_t i = 0; i < model.edges.size(); ++i)
    out.edges.emplace(key_of(model.edges[i]), fates.edges()[i]);
  for (std::size_t i = 0; i < model.workloads.size(); ++i)
    out.workloads.emplace(model.workloads[i].name, fates.workloads()[i]);
  return out;
}

/// False: it was stopped, or cannot be run.
bool run_side(const Model& model, std::uint64_t seed, const CompareControl& control, Fates& fates,
              reports::ComparedRun& out, Diagnostics& problems, Diagnostics& warnings) {
  const auto data = run(model, seed, warnings,
                        {.stop = control.stop, .progress = control.progress, .fates = &fates});
  if (!data) {
    problems = data.error();
    return false;
  }
  if (control.run_done) control.run_done();
  if (data->interrupted) return false;
  fates.sort();
  out.report = reports::to_report(*data);
  out.batches = batches_of(model, fates);
  return true;
}

OneSeed run_seed(const Models& models, std::size_t index, const CompareControl& control) {
  OneSeed one;
  Diagnostics problems[2], warnings[2];
  const Model& before = *models.before;
  const Model& after = *models.after;
  Fates first(before), second(after);
  const bool whole = run_side(before, before.scenario->seed + index, control, first, one.before,
                              problems[0], warnings[0]) &&
                     run_side(after, after.scenario->seed + index, control, second, one.after,
                              problems[1], warnings[1]);
  one.problems = scenarios::of_sides(problems[0], problems[1]);
  one.warnings = scenarios::of_sides(warnings[0], warnings[1]);
  if (whole) one.fates.emplace(before, first, after, second);
  return one;
}

/// Takes seeds in their order, whichever ends first.
class InOrder {
 public:
  explicit InOrder(std::size_t runs) : waiting_(runs) {}

  void add(std::size_t index, OneSeed one) {
    const std::scoped_lock lock(mutex_);
    waiting_[index] = std::move(one);
    for (; next_ < waiting_.size() && waiting_[next_]; ++next_) {
      take(*std::move(waiting_[next_]));
      waiting_[next_].reset();
    }
  }

  reports::Comparison comparison;
  std::optional<ChangedFates> fates;
  std::uint64_t seeds = 0;  // the first ones, of which both sides are known
  Diagnostics problems, warnings;

 private:
  void take(OneSeed one) {
    if (problems.empty()) problems = std::move(one.problems);
    warnings.add(one.warnings);
    if (!one.fates || seeds < next_) return;
    ++seeds;
    comparison.add(one.before, one.after);
    if (fates) {
      fates->merge(*std::move(one.fates));
    } else {
      fates = std::move(one.fates);
    }
  }

  std::mutex mutex_;
  std::vector<std::optional<OneSeed>> waiting_;
  std::size_t next_ = 0;
};

Result<Models> build_both(const scenarios::Scenario& before, const scenarios::Scenario& after,
                          Diagnostics& warnings) {
  auto one = build(before);
  auto other = build(after);
  if (!one || !other) {
    return std::unexpected(scenarios::of_sides(one ? Diagnostics() : one.error(),
                                               other ? Diagnostics() : other.error()));
  }
  warnings = scenarios::of_sides((*one)->warnings, (*other)->warnings);
  return Models{*std::move(one), *std::move(other)};
}

/// Figures of other lengths or windows cannot be compared.
Diagnostics check_lengths(const scenarios::Scenario& before, const scenarios::Scenario& after) {
  Diagnostics out;
  const auto check = [&](std::string_view what, Duration one, Duration other) {
    if (one == other) return;
    out.add({.file = before.file,
             .severity = Severity::kError,
             .what = fmt::format("the {} is {} before and {} after", what, to_string(one),
                                 to_string(other)),
             .advice = "--set gives both sides the same"});
  };
  check("duration", before.duration, after.duration);
  check("warmup", before.warmup, after.warmup);
  return out;
}

void put_example(const ChangedFate& from, const std::string& load, reports::ChangedRequest& out) {
  out.set_load(load);
  out.set_at_s(to_seconds(from.before.begun.time_since_epoch()));
  out.set_before(fate_text(from.before));
  out.set_after(fate_text(from.after));
  out.set_number(from.closed ? from.before.key & 0xffffffff : from.before.key);
  if (from.closed) out.set_user(from.before.key >> 32);
  if (from.before.ended) out.set_before_s(to_seconds(from.before.took));
  if (from.after.ended) out.set_after_s(to_seconds(from.after.took));
  out.set_first_difference("no decision that is traced differs");
}

/// Both runs once more, with what was decided for some of the requests that changed.
void put_examples(const Models& models, const ChangedFates& fates, const CompareControl& control,
                  reports::DiffReport& report) {
  const std::vector<ChangedFate> examples = fates.examples();
  std::vector<Trace::Wanted> wanted[2];
  for (const ChangedFate& one : examples) {
    wanted[0].push_back({.load = one.before_load, .key = one.before.key});
    wanted[1].push_back({.load = one.after_load, .key = one.after.key});
  }
  Trace before(*models.before, wanted[0]), after(*models.after, wanted[1]);
  Diagnostics known;  // warnings that these runs gave before
  for (Trace* trace : {&before, &after}) {
    const Model& model = trace->model();
    Fates told(model, 0, trace);
    if (!run(model, model.scenario->seed + fates.seed(), known,
             {.stop = control.stop, .fates = &told, .trace = trace}))
      return;
  }
  for (std::size_t i = 0; i < examples.size(); ++i) {
    reports::ChangedRequest& row = *report.add_changed_requests();
    put_example(examples[i], models.before->loads[examples[i].before_load].name, row);
    const std::uint32_t one = before.root(i), other = after.root(i);
    if (one == kNone || other == kNone) continue;  // stopped before it began
    if (auto found = first_difference(before, one, after, other)) {
      row.set_first_difference(text_of(*found));
      *row.mutable_before_decision() = std::move(found->before);
      *row.mutable_after_decision() = std::move(found->after);
    }
  }
}

/// Whoever asks for it sees how much wider the intervals are without common numbers.
void warn_of_seeds(const scenarios::Scenario& before, const scenarios::Scenario& after,
                   Diagnostics& warnings) {
  if (before.seed == after.seed) return;
  warnings.add(
      {.file = before.file,
       .severity = Severity::kWarning,
       .what = fmt::format("the seed is {} before and {} after: the sides' requests have nothing "
                           "in common, and their chance is in the differences",
                           before.seed, after.seed),
       .advice = {}});
}

}  // namespace

Result<Compared> compare_runs(const scenarios::Scenario& before, const scenarios::Scenario& after,
                              const CompareControl& control) {
  Compared out;
  if (Diagnostics wrong = check_lengths(before, after); !wrong.empty())
    return std::unexpected(std::move(wrong));
  auto models = build_both(before, after, out.warnings);
  if (!models) return std::unexpected(std::move(models.error()));
  InOrder found(static_cast<std::size_t>(control.runs));
  side_by_side(static_cast<std::size_t>(control.runs), control.jobs, control.stop,
               [&](std::size_t i) { found.add(i, run_seed(*models, i, control)); });
  if (!found.problems.empty()) return std::unexpected(std::move(found.problems));
  out.warnings.add(found.warnings);
  warn_of_seeds(before, after, out.warnings);
  reports::DiffReport& report = out.report;
  report.set_schema_version(reports::kDiffSchemaVersion);
  report.set_scenario(before.name);
  report.set_seed(before.seed);
  report.set_runs(found.seeds);
  report.set_duration_s(to_seconds(before.duration));
  report.set_warmup_s(to_seconds(before.warmup));
  found.comparison.put(report);
  if (found.fates && before.seed == after.seed) {
    found.fates->put(report);
    put_examples(*models, *found.fates, control, report);
  }
  for (reports::ChangedResource& one : scenarios::changed_resources(before, after))
    *report.add_resources() = std::move(one);
  if (control.stop != nullptr && *control.stop) report.set_verdict("interrupted");
  return out;
}

}  // namespace squall::sim
