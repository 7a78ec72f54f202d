// What single decisions cost: a pick of 100 hosts, a success in outlier detection, all of one hop.
#include <benchmark/benchmark.h>

#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "policies/control.h"
#include "policies/lb/balancer.h"
#include "policies/lb/hash_table.h"
#include "policies/worker.h"
#include "tests/bench/routes.h"

namespace squall::bench {
namespace {

using namespace policies;

constexpr std::uint32_t kHosts = 100;

ClusterConfig cluster_of(LbPolicy policy) {
  ClusterConfig cluster;
  cluster.name = "hosts";
  cluster.lb = policy;
  for (std::uint32_t i = 0; i < kHosts; ++i) {
    HostConfig& host = cluster.hosts.emplace_back();
    host.address = fmt::format("10.0.0.{}", i + 1);
    host.port = 8080;
  }
  return cluster;
}

/// Hosts with 0 to 3 active requests; each pick is another request's.
void pick(benchmark::State& state, LbPolicy policy) {
  const ClusterConfig cluster = cluster_of(policy);
  std::vector<std::uint32_t> hosts(kHosts), active(kHosts);
  std::iota(hosts.begin(), hosts.end(), 0U);
  for (std::uint32_t i = 0; i < kHosts; ++i) active[i] = static_cast<std::uint32_t>(mix(1, i) % 4);
  const lb::HostView view{hosts, {}, active};
  lb::Balancer balancer(7);
  balancer.on_hosts({.cluster = cluster, .view = view, .seed = 7});
  std::uint64_t request = 0;
  for (auto _ : state) {
    const std::uint64_t bits = mix(2, ++request);
    lb::Draws draws{.random = request, .priority = bits, .key = 0, .hash = bits};
    benchmark::DoNotOptimize(balancer.pick(cluster, view, draws));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(pick, round_robin, LbPolicy::kRoundRobin)->Name("Policy/RoundRobin/100");
BENCHMARK_CAPTURE(pick, least_request, LbPolicy::kLeastRequest)->Name("Policy/LeastRequest/100");
BENCHMARK_CAPTURE(pick, random, LbPolicy::kRandom)->Name("Policy/Random/100");
BENCHMARK_CAPTURE(pick, ring_hash, LbPolicy::kRingHash)->Name("Policy/RingHash/100");
BENCHMARK_CAPTURE(pick, maglev, LbPolicy::kMaglev)->Name("Policy/Maglev/100");

void outlier_success(benchmark::State& state) {
  Epoch epoch;
  epoch.clusters.push_back(cluster_of(LbPolicy::kRoundRobin));
  epoch.clusters.back().outlier.emplace();
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

/// One client's side of a hop: what a shell does with commands, without sockets or timers.
class Hop {
 public:
  Hop() : configuration_(epoch()), worker_(configuration_, 1), control_(configuration_, 1, {}) {}

  /// A request that some host answers with 200.
  void serve(const RequestHead& head, std::uint64_t random) {
    worker_.on_request(0, head, random, true, now_);
    carry_out();
    while (attempt_ == kNone) connect();
    const AttemptId attempt = worker_.attempt_id(attempt_);
    attempt_ = kNone;
    worker_.on_first_byte_sent(attempt);
    worker_.on_response(attempt, {.status = 200, .headers = {}}, true, now_);
    carry_out();
    if (worker_.wants_turn_end()) worker_.on_turn_end(now_);
    if (control_.wants_turn_end()) control_.on_turn_end(now_);
    benchmark::DoNotOptimize(sum_);
  }

 private:
  static Epoch epoch() {
    Epoch epoch;
    Listener& listener = epoch.listeners.emplace_back();
    listener.routes = table_of_routes();
    ClusterConfig& cluster = epoch.clusters.emplace_back(cluster_of(LbPolicy::kLeastRequest));
    cluster.outlier.emplace();
    for (Route& route : listener.routes.hosts[0].routes) {
      Forward& forward = route.action.emplace<Forward>();
      forward.clusters.emplace_back().cluster = "hosts";
      forward.timeout = 15s;
      RetryPolicy& retry = forward.retry.emplace();
      retry.on = retry_on::k5xx;
      retry.num_retries = 2;
    }
    return epoch;
  }
  void carry_out() {
    worker_.commands().drain([this](const Command& command) {
      if (command.kind() == CommandKind::kStart) attempt_ = command.subject();
      if (command.kind() == CommandKind::kOpen) opened_ = command.subject();
      if (command.kind() == CommandKind::kHostResult)
        control_.on_host_result(command.cluster(), command.subject(), command.result(),
                                command.code(), now_);
      sum_ += command.number();
    });
  }
  void connect() {
    worker_.on_connected(worker_.connection_id(opened_), now_);
    carry_out();
  }

  Configuration configuration_;
  Worker worker_;
  Control control_;
  Instant now_{};
  std::uint32_t attempt_ = kNone, opened_ = kNone;
  std::uint64_t sum_ = 0;  // of what the commands say
};

/// Route, timeouts, retry policy, host, connection and limits, the answer, its report, the end.
void hop(benchmark::State& state) {
  Hop hop;
  const Requests requests;
  std::uint64_t number = 0;
  for (auto _ : state) {
    hop.serve(requests.known(number), number);
    ++number;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hop)->Name("Policy/Hop");

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
