// What a mesh's sidecars remember: 10,000 of them, each with 20 clusters of 10 hosts.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "policies/base/check.h"
#include "policies/control.h"
#include "policies/worker.h"

namespace squall::bench {
namespace {

using namespace policies;

constexpr std::uint32_t kClusters = 20, kHosts = 10;

/// As Istio makes them: a virtual host a service, two retries, limits, outlier detection; every
/// other cluster round robin, the others least request.
Epoch epoch_of_sidecar() {
  Epoch epoch;
  Listener& listener = epoch.listeners.emplace_back();
  for (std::uint32_t i = 0; i < kClusters; ++i) {
    ClusterConfig& cluster = epoch.clusters.emplace_back();
    cluster.name = fmt::format("outbound|8080||service{}.shop.svc.cluster.local", i);
    cluster.lb = i % 2 == 0 ? LbPolicy::kLeastRequest : LbPolicy::kRoundRobin;
    cluster.outlier.emplace();
    for (Thresholds& limits : cluster.thresholds) {
      limits.max_connections = limits.max_requests = 1024;
      limits.max_pending_requests = 1024;
      limits.max_retries = 100;
    }
    for (std::uint32_t h = 0; h < kHosts; ++h) {
      HostConfig& host = cluster.hosts.emplace_back();
      host.address = fmt::format("10.{}.0.{}", i, h + 1);
      host.port = 8080;
    }
    VirtualHost& virtual_host = listener.routes.hosts.emplace_back();
    virtual_host.domains = {fmt::format("service{}", i)};
    Forward& forward = virtual_host.routes.emplace_back().action.emplace<Forward>();
    forward.clusters.emplace_back().cluster = cluster.name;
    RetryPolicy& retry = forward.retry.emplace();
    retry.on = retry_on::kConnectFailure | retry_on::kRefusedStream;
    retry.num_retries = 2;
  }
  return epoch;
}

class Sidecar {
 public:
  Sidecar(const Configuration& configuration, std::uint64_t random)
      : worker_(configuration, random), control_(configuration, random, {}), random_(random) {}

  /// To each cluster so many requests at once, which are answered.
  void serve(std::uint32_t at_once) {
    for (std::uint32_t cluster = 0; cluster < kClusters; ++cluster) {
      const std::string authority = fmt::format("service{}", cluster);
      RequestHead head;
      head.authority = authority;
      head.known_as = cluster + 1;
      for (std::uint32_t i = 0; i < at_once; ++i) {
        worker_.on_request(0, head, mix(random_, cluster * at_once + i), true, {});
        carry_out();
      }
      for (const std::uint32_t connection : opened_) {
        worker_.on_connected(worker_.connection_id(connection), {});
        carry_out();
      }
      opened_.clear();
      const std::vector<std::uint32_t> attempts = std::exchange(started_, {});
      for (const std::uint32_t attempt : attempts) {
        worker_.on_response(worker_.attempt_id(attempt), {.status = 200, .headers = {}}, true, {});
        carry_out();
      }
      answered_ += attempts.size();
    }
  }
  std::uint64_t answered() const { return answered_; }
  std::uint32_t connections() const { return worker_.connections().live(); }

 private:
  void carry_out() {
    worker_.commands().drain([this](const Command& command) {
      if (command.kind() == CommandKind::kOpen) opened_.push_back(command.subject());
      if (command.kind() == CommandKind::kStart) started_.push_back(command.subject());
      if (command.kind() == CommandKind::kHostResult)
        control_.on_host_result(command.cluster(), command.subject(), command.result(),
                                command.code(), {});
    });
    while (control_.has_command()) control_.next_command();
  }

  Worker worker_;
  Control control_;
  std::uint64_t random_, answered_ = 0;
  // A shell's: without memory when all is answered.
  static inline std::vector<std::uint32_t> opened_, started_;
};

double resident_bytes() {
  std::uint64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// Each cluster has had so many requests at once, so all that is made on demand exists.
void sidecars(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto at_once = static_cast<std::uint32_t>(state.range(1));
  const Configuration configuration(epoch_of_sidecar());
  double bytes = 0;
  std::uint64_t answered = 0, connections = 0;
  for (auto _ : state) {
    std::vector<std::unique_ptr<Sidecar>> all;
    all.reserve(count);
    malloc_trim(0);  // what an earlier run has given back would serve this one unseen
    const double before = resident_bytes();
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(std::make_unique<Sidecar>(configuration, mix(1, i)));
      all.back()->serve(at_once);
    }
    bytes = resident_bytes() - before;
    for (const auto& one : all) {
      answered += one->answered();
      connections += one->connections();
    }
  }
  SQUALL_CHECK(answered == count * kClusters * at_once);
  const double clusters = static_cast<double>(count) * kClusters;
  state.counters["MB"] = bytes / 1e6;
  state.counters["bytes_per_cluster"] = bytes / clusters;
  state.counters["connections_per_cluster"] = static_cast<double>(connections) / clusters;
}
BENCHMARK(sidecars)
    ->Name("Memory/Sidecars")
    ->Args({10'000, 1})
    ->Args({10'000, 10})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace squall::bench

BENCHMARK_MAIN();
