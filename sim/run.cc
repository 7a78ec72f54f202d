#include "sim/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.h"
#include "scenarios/judge.h"
#include "scenarios/sums.h"
#include "sim/build.h"
#include "sim/unrouted.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

constexpr std::uint64_t kSlice = 1 << 18;  // events between two looks at what is asked
constexpr std::uint64_t kMostOfOneUser = 200;

/// One run's way through virtual time, until it is told to stop or finds that it has no end.
class Passage {
 public:
  Passage(World& world, const RunControl& control, const scenarios::Scenario& scenario)
      : world_(world), control_(control), most_at_once_(control.most_at_once) {
    world_.most_under_way = control.most_under_way;
    // All users of a closed load may ask at the first instant.
    for (const scenarios::Load& load : scenario.loads) {
      most_at_once_ += kMostOfOneUser * static_cast<std::uint64_t>(load.users);
    }
  }

  /// Runs to `until`, telling of every virtual second; false: it was stopped.
  bool to(Instant until) {
    while (!stopped_ && now() < until) {
      const Instant next = std::min(until, now() + 1s);
      if (slice(next) == Engine::Stop::kIdle) return !stopped_;
    }
    return !stopped_;
  }

  /// Until no request is left, that of a caller which no longer waits for it neither.
  bool drain(Instant until) {
    while (!stopped_ && world_.under_way() > 0 && now() < until) {
      if (slice(std::min(until, now() + 1s)) == Engine::Stop::kIdle) break;
    }
    return !stopped_;
  }

  /// What would have gone on for ever; empty: nothing did.
  const std::string& endless() const { return endless_; }

 private:
  Instant now() const { return world_.engine.now(); }

  Engine::Stop slice(Instant next) {
    const Instant before = now();
    const std::uint64_t handled = world_.engine.events();
    const Engine::Stop stop = world_.run(next, kSlice);
    at_once_ = now() == before ? at_once_ + world_.engine.events() - handled : 0;
    if (stop != Engine::Stop::kAsked && control_.progress) control_.progress(now());
    if (at_once_ > most_at_once_) {
      endless_ = fmt::format("time stands still at {}", to_string(now().time_since_epoch()));
    } else if (world_.under_way() > control_.most_under_way) {
      endless_ = fmt::format("more than {} requests are under way at {}", control_.most_under_way,
                             to_string(now().time_since_epoch()));
    }
    const bool asked = control_.stop != nullptr && control_.stop->load(std::memory_order_relaxed);
    stopped_ = asked || !endless_.empty();
    return stop;
  }

  World& world_;
  const RunControl& control_;
  std::uint64_t most_at_once_, at_once_ = 0;
  bool stopped_ = false;
  std::string endless_;
};

/// `numbers`: none where nothing follows it.
void add_bootstrap(decisions::Start& start, const std::string& text, const std::string& name,
                   std::uint32_t family, const policies::ClusterNumbers& numbers) {
  decisions::Bootstrap& bootstrap = *start.add_bootstraps();
  bootstrap.set_text(text);
  bootstrap.set_name(name + ".json");
  if (numbers.empty()) return;
  bootstrap.set_family(family);
  bootstrap.mutable_clusters()->Assign(numbers.begin(), numbers.end());
}

/// Null when none is wanted.
Result<std::unique_ptr<decisions::LogWriter>> open_decisions(const Model& model,
                                                             const RunControl& control) {
  if (control.decision_log.empty()) return nullptr;
  decisions::Start start;
  std::uint32_t family = 0;
  for (const ConfigurationModel& one : model.configurations)
    add_bootstrap(start, one.bootstrap, model.workloads[one.source].name, ++family, one.numbers);
  family = 0;
  for (const ConfigurationModel& one : model.configurations) {  // as they are numbered
    ++family;
    for (const LaterConfiguration& later : one.later)
      add_bootstrap(start, later.bootstrap, model.workloads[one.source].name, family,
                    later.numbers);
  }
  return decisions::LogWriter::open(control.decision_log, start,
                                    {.most_bytes = control.decision_log_bytes, .waits = true});
}

/// Workloads of the manifests that got requests, and of which the scenario says nothing.
void note_undescribed(const Model& model, reports::RunData& data) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string_view> names;
  std::size_t more = 0;
  for (std::size_t i = 0; i < model.workloads.size(); ++i) {
    if (model.workloads[i].described || data.workloads[i].requests == 0) continue;
    names.size() < kMost ? names.push_back(model.workloads[i].name) : void(++more);
  }
  if (names.empty()) return;
  const std::string others = fmt::format("{} more", more);
  if (more > 0) names.push_back(others);
  data.notes.push_back(
      fmt::format("requests to {} were answered at once, as the scenario says nothing of a latency",
                  scenarios::list_of(names)));
}

void warn_of_lost(decisions::LogWriter& log, const RunControl& control, Diagnostics& warnings) {
  log.catch_up();
  if (log.ended() == decisions::LogEnd::kNone) return;
  warnings.add(
      {.file = control.decision_log,
       .severity = Severity::kWarning,
       .what =
           fmt::format("the decision log lacks the last {}: {}",
                       reports::counted(log.lost(), "decision"), decisions::to_string(log.ended())),
       .advice = "--decision-log-limit gives it more room, a shorter duration needs less"});
}

}  // namespace

Result<reports::RunData> run(const Model& model, std::uint64_t seed, Diagnostics& warnings,
                             const RunControl& control) {
  const scenarios::Scenario& scenario = *model.scenario;
  std::vector<reports::Query> queries = scenarios::queries_of(scenario);
  queries.insert(queries.end(), control.also.begin(), control.also.end());
  reports::RunData data;
  data.scenario = scenario.name;
  data.seed = seed;
  data.duration = scenario.duration;
  data.warmup = scenario.warmup;
  data.measured = scenario.duration - scenario.warmup;
  Collector collector(model, data, queries, control.fates);
  auto decisions = open_decisions(model, control);
  if (!decisions) return std::unexpected(std::move(decisions.error()));
  World world(model, seed, collector, decisions->get());
  world.trace = control.trace;
  if (control.trace != nullptr) control.trace->watch(world);
  Passage passage(world, control, scenario);
  bool whole = true;
  for (const Instant reading : collector.readings()) {
    whole = passage.to(reading);
    collector.read_gauges(world, whole ? reading : world.engine.now());
    if (!whole) break;
  }
  if (!whole) {
    const Duration passed = world.engine.now() - Instant(scenario.warmup);
    data.measured = std::clamp(passed, Duration(0), data.measured);
  }
  whole = whole && passage.drain(Instant(scenario.duration + scenarios::kDrain));
  if (!passage.endless().empty()) {
    return std::unexpected(Diagnostics(
        {scenario.file, 0, 0, Severity::kError, passage.endless(),
         "look for calls that lead back to their caller, users without think time where nothing "
         "takes time, or a rate far beyond what the workloads can do"}));
  }
  data.interrupted = !whole;
  data.events = world.engine.events();
  if (whole) world.tell_unanswered();
  collector.finish(world.engine.now());
  note_undescribed(model, data);
  tell_unrouted(model, data);
  if (const std::uint32_t left = world.loads.waiting(); left > 0 && whole) {
    warnings.add({.file = scenario.file,
                  .severity = Severity::kWarning,
                  .what = fmt::format("{} had no answer ten minutes after the load's end",
                                      reports::counted(left, "request")),
                  .advice = "they count as failed, and in no latency"});
  }
  if (*decisions) warn_of_lost(**decisions, control, warnings);
  return data;
}

Result<reports::RunData> run(const scenarios::Scenario& scenario, Diagnostics& warnings,
                             const RunControl& control) {
  const auto model = build(scenario, {.keep_bootstraps = !control.decision_log.empty()});
  if (!model) return std::unexpected(model.error());
  warnings.add((*model)->warnings);
  return run(**model, scenario.seed, warnings, control);
}

}  // namespace squall::sim
