#include "sim/world.h"

#include "scenarios/reader.h"
#include "sim/run.h"
#include "tests/sim/run_text.h"
#include "tests/support/allocations.h"

namespace squall::sim {
namespace {

// Calls in a row and at once, through sidecars and from outside; answers that fail and are tried
// again, attempts that time out, queues that overflow, users who think.
constexpr const char* kMesh = R"(apiVersion: squall.dev/v1
kind: Scenario
metadata: {name: busy}
spec:
  duration: 60s
  workloads:
    web:
      replicas: 3
      calls:
        - {to: http://cart/, on_error: ignore}
        - parallel:
            - {to: http://stock/, times: 2, on_error: {status: 503}}
            - {to: http://price/, probability: 50%, on_error: ignore}
    cart: {replicas: 2, concurrency: 3, queue: {limit: 4}, latency: {exponential: {mean: 20ms}}, errors: {ratio: 5%, status: 503}}
    stock: {replicas: 4, cpu: {cores: 1, sharing: processor}, latency: {lognormal: {p50: 5ms, p99: 60ms}}, errors: {ratio: 2%, status: 500}}
    price: {latency: {pareto: {min: 5ms, alpha: 1.5, max: 2s}}}
  load:
    - {name: shoppers, from: outside, to: http://web/, rate: 100/s}
    - {name: users, from: web, to: http://cart/, users: 20, think: {exponential: {mean: 200ms}}}
    - name: mixed
      from: web
      rate: 20/s
      keys: {zipf: {of: 20}, header: x-key}
      mix: [{name: cart, weight: 1, to: http://cart/}, {name: stock, weight: 2, to: http://stock/}]
    - name: held
      from: outside
      to: http://cart/
      users: 10
      think: {exponential: {mean: 200ms}}
      connections: {per_user: 2, timeout: 1s, retry: {backoff: {base: 10ms, jitter: full}}}
  faults:
    - {at: 1s, workload: stock, share: 25%, error: {ratio: 20%, status: 503}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: stock, namespace: default}
spec: {hosts: [stock], http: [{route: [{destination: {host: stock}}], timeout: 1s, retries: {attempts: 1, perTryTimeout: 50ms, retryOn: 5xx}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: price, namespace: default}
spec: {hosts: [price], http: [{route: [{destination: {host: price}}], timeout: 100ms}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: default}
spec: {host: cart, trafficPolicy: {connectionPool: {tcp: {maxConnections: 8}, http: {http1MaxPendingRequests: 4, maxRetries: 2}}}}
)";

TEST(WorldAllocations, ABusyMeshAllocatesNothingOnceWarm) {
  if (!testing::counts_allocations()) GTEST_SKIP() << "the sanitizer's malloc is not counted";
  auto scenario = scenarios::read_scenario(kMesh, "s.yaml", {});
  ASSERT_TRUE(scenario.has_value()) << testing::all_of(scenario.error());
  std::uint64_t at_40s = 0, at_50s = 0;
  RunControl control;
  control.progress = [&](Instant now) {
    if (now == Instant(40s)) at_40s = testing::allocations();
    if (now == Instant(50s)) at_50s = testing::allocations();
  };
  Diagnostics warnings;
  const auto data = run(*scenario, warnings, control);
  ASSERT_TRUE(data.has_value()) << testing::all_of(data.error());
  EXPECT_GT(at_40s, 0U);
  EXPECT_EQ(at_50s - at_40s, 0U);
  // It was as busy as it says.
  std::uint64_t retries = 0, duplicates = 0, overflows = 0;
  for (const reports::EdgeData& edge : data->edges) {
    retries += edge.retries;
    duplicates += edge.duplicates;
    for (const std::uint64_t n : edge.overflows) overflows += n;
  }
  EXPECT_GT(retries, 500U);
  EXPECT_GT(duplicates, 50U);
  EXPECT_GT(overflows, 10U);
  for (const reports::LoadData& load : data->loads) {
    EXPECT_GT(load.outcomes.ended - load.outcomes.successes, 20U) << load.name;
  }
}

}  // namespace
}  // namespace squall::sim
