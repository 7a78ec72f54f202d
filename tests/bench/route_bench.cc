// What it costs to find a request's route among 100, and to find it again.
#include <benchmark/benchmark.h>

#include "policies/base/check.h"
#include "policies/machine/remembered.h"
#include "policies/route.h"
#include "policies/route_memo.h"
#include "tests/bench/routes.h"

namespace squall::bench {
namespace {

using namespace policies;

void route(benchmark::State& state) {
  const RouteTable table = table_of_routes();
  const Router router(table);
  const Requests requests;
  std::uint64_t number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(router.find(requests.of(number), number));
    ++number;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(route)->Name("Policy/Route/100");

/// What a worker does instead for a head that its shell knows by number.
void memoised(benchmark::State& state) {
  const RouteTable table = table_of_routes();
  const Router router(table);
  const Requests requests;
  RememberedHeads heads;
  for (std::uint64_t i = 0; i < kRoutes; ++i) {
    RouteChoice& choice = heads.of(0, requests.known(i).known_as).choice;
    choice = router.find(requests.of(i), i);
    choice.remembered = !choice.used_random;
  }
  std::uint64_t number = 0, known = 0;
  for (auto _ : state) {
    const RouteChoice& choice = heads.of(0, requests.known(++number).known_as).choice;
    benchmark::DoNotOptimize(choice.route);
    known += choice.remembered ? 1U : 0U;
  }
  SQUALL_CHECK(known == number);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(memoised)->Name("Policy/RouteMemoised/100");

/// What squall-proxy does for one that comes as text, when a client repeats it.
void memoised_text(benchmark::State& state) {
  const RouteTable table = table_of_routes();
  RouteMemo memo(table);
  const Requests requests;
  std::uint64_t number = 0, known = 0;
  for (auto _ : state) known += memo.find(requests.of(++number % 10)).known ? 1U : 0U;
  SQUALL_CHECK(known + 10 >= number);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(memoised_text)->Name("Policy/RouteMemoisedText/100");

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
