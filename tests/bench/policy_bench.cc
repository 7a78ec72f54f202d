#include <benchmark/benchmark.h>

#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "policies/control.h"
#include "policies/lb/balancer.h"
#include "policies/worker.h"

namespace squall::bench {
namespace {

using namespace policies;

constexpr std::uint32_t kHosts = 100, kRoutes = 100;

void pick(benchmark::State& state, LbPolicy policy) {
  ClusterConfig cluster;
  cluster.lb = policy;
  std::vector<std::uint32_t> hosts(kHosts), active(kHosts);
  std::iota(hosts.begin(), hosts.end(), 0U);
  for (std::uint32_t i = 0; i < kHosts; ++i) active[i] = static_cast<std::uint32_t>(mix(1, i) % 4);
  const lb::HostView view{hosts, {}, active};
  lb::Balancer balancer(7);
  balancer.on_hosts({.cluster = cluster, .view = view, .seed = 7});
  std::uint64_t request = 0;
  for (auto _ : state) {
    lb::Draws draws{.random = ++request, .priority = mix(2, request), .key = 0};
    benchmark::DoNotOptimize(balancer.pick(cluster, view, draws));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(pick, round_robin, LbPolicy::kRoundRobin)->Name("Policy/RoundRobin/100");
BENCHMARK_CAPTURE(pick, least_request, LbPolicy::kLeastRequest)->Name("Policy/LeastRequest/100");
BENCHMARK_CAPTURE(pick, random, LbPolicy::kRandom)->Name("Policy/Random/100");

/// Routes by prefix, each an answer of the proxy's own; a request's path is the last one's.
Epoch epoch_of_routes() {
  Epoch epoch;
  VirtualHost& host = epoch.listeners.emplace_back().routes.hosts.emplace_back();
  host.domains = {"*"};
  for (std::uint32_t i = 0; i < kRoutes; ++i) {
    Route& route = host.routes.emplace_back();
    route.match.path.value = fmt::format("/service{}/", i);
    route.action = DirectResponse{};
  }
  return epoch;
}
RequestHead head_for_the_last() {
  RequestHead head;
  head.authority = "shop.example";
  head.path = "/service99/items";
  return head;
}

void route(benchmark::State& state) {
  const Epoch epoch = epoch_of_routes();
  const Router router(epoch.listeners[0].routes);
  const RequestHead head = head_for_the_last();
  std::uint64_t random = 0;
  for (auto _ : state) benchmark::DoNotOptimize(router.find(head, ++random));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(route)->Name("Policy/Route/100");

/// A whole request that the proxy answers itself; its head is known, so its route is remembered.
void remembered_route(benchmark::State& state) {
  const Configuration configuration(epoch_of_routes());
  Worker worker(configuration, 1);
  RequestHead head = head_for_the_last();
  head.known_as = 1;
  std::uint64_t random = 0;
  for (auto _ : state) {
    worker.on_request(0, head, ++random, true, Instant{});
    while (worker.has_command()) benchmark::DoNotOptimize(worker.next_command());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(remembered_route)->Name("Policy/RouteRemembered/100");

void outlier_success(benchmark::State& state) {
  Epoch epoch;
  ClusterConfig& cluster = epoch.clusters.emplace_back();
  cluster.hosts.resize(kHosts);
  cluster.outlier.emplace();
  const Configuration configuration(std::move(epoch));
  Control control(configuration, 1, Instant{});
  std::uint32_t host = 0;
  for (auto _ : state) {
    control.on_host_result(0, host, HostResult::kExternalSuccess, 200, Instant{});
    host = host + 1 == kHosts ? 0 : host + 1;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(outlier_success)->Name("Policy/OutlierSuccess/100");

/// A whole request that a host answers, its commands carried out by nobody: route, least request,
/// limits, an idle connection, route timeout, two retries.
void request(benchmark::State& state) {
  Epoch epoch = epoch_of_routes();
  ClusterConfig& cluster = epoch.clusters.emplace_back();
  cluster.name = "hosts";
  cluster.lb = LbPolicy::kLeastRequest;
  cluster.hosts.resize(kHosts);
  cluster.outlier.emplace();
  Forward forward;
  forward.clusters.emplace_back().cluster = "hosts";
  forward.timeout = 15s;
  forward.retry.emplace().on = retry_on::k5xx;
  epoch.listeners[0].routes.hosts[0].routes.back().action = forward;
  const Configuration configuration(std::move(epoch));
  Worker worker(configuration, 1);
  RequestHead head = head_for_the_last();
  head.known_as = 1;
  std::uint64_t random = 0;
  for (auto _ : state) {
    const RequestId id = worker.on_request(0, head, ++random, true, Instant{});
    worker.commands().drain([&](const Command& command) { benchmark::DoNotOptimize(command); });
    const AttemptId attempt = worker.attempt_id(worker.request(id.index).newest_attempt);
    if (const Attempt& one = worker.attempt(attempt.index); one.connection == kNone) {
      for (std::uint32_t i = 0; i < worker.connections().live(); ++i)
        worker.on_connected(worker.connection_id(i), Instant{});
      worker.commands().drain([&](const Command& command) { benchmark::DoNotOptimize(command); });
    }
    worker.on_response(attempt, {.status = 200, .headers = {}}, true, Instant{});
    worker.commands().drain([&](const Command& command) { benchmark::DoNotOptimize(command); });
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(request)->Name("Policy/Request/100");

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
