#include <benchmark/benchmark.h>

#include <algorithm>

#include "tests/bench/bare_chain.h"

namespace squall::bench {
namespace {

constexpr std::int64_t kBatch = 1'000;

void chain10(benchmark::State& state) {
  const auto workers = static_cast<std::uint32_t>(state.range(0));
  BareChain chain(workers);
  chain.run(std::max<std::uint64_t>(20'000, 15 * std::uint64_t{workers}));
  for (auto _ : state) chain.run(kBatch);
  state.SetItemsProcessed(state.iterations() * kBatch);
  state.counters["mean_sojourn_ms"] = chain.mean_sojourn_s() * 1e3;
  state.counters["timeouts"] = static_cast<double>(chain.timeouts());
}
BENCHMARK(chain10)->Name("Engine/Chain10")->Arg(8)->Arg(800);

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
