#include <benchmark/benchmark.h>

#include <algorithm>

#include "tests/bench/bare_hold.h"

namespace squall::bench {
namespace {

constexpr std::int64_t kBatch = 10'000;

void hold(benchmark::State& state) {
  const auto pending = static_cast<std::uint32_t>(state.range(0));
  BareHold hold(pending);
  hold.run(std::max<std::uint64_t>(3 * std::uint64_t{pending}, 200'000));
  for (auto _ : state) hold.run(kBatch);
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(hold)->Name("EventQueue/Hold")->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
