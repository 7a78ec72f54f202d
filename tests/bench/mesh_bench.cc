#include <benchmark/benchmark.h>

#include <algorithm>

#include "sim/replicate.h"
#include "tests/bench/mesh_chain.h"
#include "tests/bench/mesh_tree.h"

namespace squall::bench {
namespace {

constexpr std::uint64_t kBatch = 2'000;

void chain10(benchmark::State& state) {
  const auto replicas = static_cast<std::uint32_t>(state.range(0));
  MeshChain chain(replicas);
  chain.run(std::max<std::uint64_t>(20'000, 150 * std::uint64_t{replicas}));
  const std::uint64_t events = chain.events();
  std::uint64_t requests = 0;
  for (auto _ : state) requests += chain.run(kBatch);
  state.SetItemsProcessed(static_cast<std::int64_t>(requests));
  const reports::LoadData& load = chain.data().loads[0];
  state.counters["mean_ms"] = *load.outcomes.latency.mean_s() * 1e3;
  state.counters["success"] =
      static_cast<double>(load.outcomes.successes) / static_cast<double>(load.outcomes.ended);
  state.counters["utilization"] =
      chain.worked_s(9) / (to_seconds(chain.now() - Instant{}) * replicas);
  state.counters["events_per_request"] =
      static_cast<double>(chain.events() - events) / static_cast<double>(requests);
}
BENCHMARK(chain10)->Name("Mesh/Chain10")->Arg(8)->Arg(800)->Unit(benchmark::kMillisecond);

/// A tree's requests; items are hops.
void tree(benchmark::State& state, MeshTree& tree, std::uint64_t batch) {
  tree.run(batch);
  std::uint64_t requests = 0;
  for (auto _ : state) requests += tree.run(batch);
  const std::uint32_t hops = tree.hops_a_request();
  state.SetItemsProcessed(static_cast<std::int64_t>(requests * hops));
  state.counters["hops_per_request"] = hops;
  state.counters["mean_ms"] = *tree.outcomes().latency.mean_s() * 1e3;
  state.counters["MB"] = peak_megabytes();
}

/// One service that asks a hundred others at once, with eight replicas each.
void fanout(benchmark::State& state) {
  MeshTree mesh(101, 100, 8, 500);
  tree(state, mesh, 50);
}
BENCHMARK(fanout)->Name("Mesh/Fanout")->Unit(benchmark::kMillisecond);

/// Isotope's 1000 services with ten replicas each.
void isotope1000(benchmark::State& state) {
  MeshTree mesh(1000, 100, 10, 50);
  tree(state, mesh, 10);
}
BENCHMARK(isotope1000)->Name("Mesh/Isotope1000")->Unit(benchmark::kMillisecond);

/// Two runs of one model on so many threads, by the wall clock; items are runs.
void two_runs(benchmark::State& state) {
  const auto scenario = scenarios::read_scenario(tree_scenario(11, 10, 8, 1000), "tree.yaml");
  SQUALL_CHECK(scenario.has_value());
  scenarios::Scenario shortened = *scenario;
  shortened.duration = std::chrono::seconds(10);
  for (auto _ : state) {
    const auto done = sim::replicate(
        shortened, {.runs = 2, .jobs = static_cast<int>(state.range(0)), .each = {}});
    SQUALL_CHECK(done.has_value() && done->pooled.has_value());
  }
  state.SetItemsProcessed(2 * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(two_runs)
    ->Name("Mesh/TwoRuns")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
