#include "sim/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/build.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

constexpr Duration kDrain = 10min;

/// Runs to `until` in steps of a virtual second; false: it was told to stop.
bool run_to(World& world, Instant until, const RunControl& control) {
  while (world.engine().now() < until) {
    const Instant next = std::min(until, world.engine().now() + 1s);
    const Engine::Stop stop = world.run(next);
    if (control.progress) control.progress(world.engine().now());
    if (control.stop != nullptr && control.stop->load(std::memory_order_relaxed)) return false;
    if (stop == Engine::Stop::kIdle) return true;
  }
  return true;
}

/// Until nothing that a client waits for is left.
void drain(World& world, Instant until, const RunControl& control) {
  while (world.waiting() > 0 && world.engine().now() < until) {
    if (!run_to(world, std::min(until, world.engine().now() + 1s), control)) return;
    if (world.engine().now() < until && world.run(world.engine().now()) == Engine::Stop::kIdle)
      return;
  }
}

}  // namespace

Result<reports::RunData> run(const scenarios::Scenario& scenario, Diagnostics& warnings,
                             const RunControl& control) {
  auto model = build(scenario);
  if (!model) return std::unexpected(model.error());
  warnings.add((*model)->warnings);
  std::vector<reports::Query> queries;
  for (const scenarios::Expectation& expectation : scenario.expectations) {
    queries.insert(queries.end(), expectation.queries.begin(), expectation.queries.end());
  }
  if (Diagnostics problems = check_labels(**model, queries); problems.has_errors()) {
    return std::unexpected(std::move(problems));
  }
  reports::RunData data;
  data.scenario = scenario.name;
  data.seed = scenario.seed;
  data.duration = scenario.duration;
  data.warmup = scenario.warmup;
  data.measured = scenario.duration - scenario.warmup;
  Collector collector(**model, data, queries);
  World world(**model, collector);
  bool whole = true;
  for (const Instant reading : collector.readings()) {
    whole = whole && run_to(world, reading, control);
    collector.read_gauges(world, std::min(reading, std::max(world.engine().now(), reading)));
    if (!whole) break;
  }
  if (whole) drain(world, Instant(scenario.duration + kDrain), control);
  data.interrupted = !whole;
  data.events = world.engine().events();
  collector.finish(world.engine().now());
  if (const std::uint32_t left = world.waiting(); left > 0 && whole) {
    warnings.add(
        {.file = scenario.file,
         .severity = Severity::kWarning,
         .what = fmt::format("{} requests had no answer ten minutes after the load's end", left),
         .advice = "they are counted as unfinished and in no latency"});
  }
  return data;
}

}  // namespace squall::sim
