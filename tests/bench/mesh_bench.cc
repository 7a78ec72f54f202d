#include <benchmark/benchmark.h>

#include <algorithm>

#include "tests/bench/mesh_chain.h"

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

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
