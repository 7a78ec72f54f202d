// MeshChain: ten services in a row behind their sidecars' whole policy stack, run as sim::run does.
//
// A hop has `replicas` pods with one core, exponential work of 1 ms and no concurrency limit;
// Poisson arrivals at 0.7 of a hop's capacity from one client. Route match, least request, pool and
// limits, 50 ms route timeout, 2 retries, outlier detection, the report's histograms; HTTP/1. A
// scenario gives each replica a sidecar of its own; here those of a hop share one for their calls,
// and none is on the way in. Cost: building a model of 8,000 pods takes seconds.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "policies/base/check.h"
#include "scenarios/reader.h"
#include "sim/build.h"
#include "sim/collector.h"
#include "sim/world.h"

namespace squall::bench {

/// The scenario of the chain; `balancer` is one of DestinationRule's names.
inline std::string chain_scenario(std::uint32_t replicas, const std::string& balancer,
                                  const std::string& timeout) {
  std::string spec = fmt::format(
      "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 1h\n  load:\n"
      "    - {{name: load, from: client, to: http://s0/, rate: {}/s}}\n  workloads:\n"
      "    client: {{replicas: 1}}\n",
      replicas * 700);
  std::string manifests;
  for (int hop = 0; hop < 10; ++hop) {
    spec += fmt::format(
        "    s{}: {{replicas: {}, cpu: {{cores: 1}}, latency: {{exponential: {{mean: 1ms}}}}{}}}\n",
        hop, replicas, hop < 9 ? fmt::format(", calls: [{{to: http://s{}/}}]", hop + 1) : "");
    manifests += fmt::format(
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: s{0}}}\n"
        "spec:\n  hosts: [s{0}]\n  http: [{{route: [{{destination: {{host: s{0}}}}}], timeout: {1},"
        " retries: {{attempts: 2}}}}]\n"
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: s{0}}}\n"
        "spec:\n  host: s{0}\n  trafficPolicy:\n    loadBalancer: {{simple: {2}}}\n"
        "    connectionPool: {{tcp: {{maxConnections: 100000}}, http: {{http1MaxPendingRequests: "
        "100000, http2MaxRequests: 100000, maxRetries: 1000}}}}\n"
        "    outlierDetection: {{consecutive5xxErrors: 5, interval: 10s, baseEjectionTime: 30s}}\n",
        hop, timeout, balancer);
  }
  return spec + manifests;
}

/// The pods of a workload use the first one's sidecar for their calls; nobody has one on the way
/// in.
inline void share_client_sidecars(sim::Model& model) {
  std::vector<sim::ProxyModel> kept;
  for (const sim::WorkloadModel& workload : model.workloads) {
    std::uint32_t shared = model.pods[workload.first_pod].outbound;
    if (shared != kNone) {
      kept.push_back(model.proxies[shared]);
      shared = static_cast<std::uint32_t>(kept.size() - 1);
    }
    for (std::uint32_t i = 0; i < workload.pods; ++i) {
      model.pods[workload.first_pod + i].outbound = shared;
      model.pods[workload.first_pod + i].inbound = kNone;
    }
  }
  model.proxies = std::move(kept);
  for (sim::ConfigurationModel& configuration : model.configurations) {
    for (sim::Target& target : configuration.targets) target.sidecar = false;
  }
}

class MeshChain {
 public:
  static constexpr std::uint32_t kHops = 10;
  static constexpr std::uint64_t kMostEvents = std::uint64_t{1} << 60;  // no limit

  explicit MeshChain(std::uint32_t replicas, const std::string& balancer = "LEAST_REQUEST",
                     const std::string& timeout = "50ms")
      : replicas_(replicas),
        scenario_(read(chain_scenario(replicas, balancer, timeout))),
        model_(build(scenario_)),
        collector_(*model_, data_, no_queries_),
        world_(*model_, scenario_.seed, collector_, nullptr) {}
  MeshChain(const MeshChain&) = delete;
  MeshChain& operator=(const MeshChain&) = delete;

  /// Goes on for as long as about so many requests take to arrive; how many ended.
  std::uint64_t run(std::uint64_t requests) {
    const std::uint64_t before = ended();
    const auto time = Duration(
        static_cast<std::int64_t>(1e9 / (700.0 * replicas_) * static_cast<double>(requests)));
    SQUALL_CHECK(world_.run(world_.engine.now() + time, kMostEvents) == sim::Engine::Stop::kLimit);
    return ended() - before;
  }
  std::uint64_t ended() const { return data_.loads[0].outcomes.ended; }
  Instant now() { return world_.engine.now(); }
  std::uint64_t events() { return world_.engine.events(); }
  const reports::RunData& data() const { return data_; }
  const sim::Model& model() const { return *model_; }
  const sim::World& world() const { return world_; }
  /// The requests that come to a hop.
  const reports::EdgeData& edge(std::uint32_t hop) const {
    const std::string source = hop == 0 ? "client.default" : fmt::format("s{}.default", hop - 1);
    const std::string service = fmt::format("s{}.default", hop);
    for (const reports::EdgeData& edge : data_.edges) {
      if (edge.source == source && edge.destination == service) return edge;
    }
    SQUALL_CHECK(false);
    return data_.edges[0];
  }
  /// Core-seconds that a hop's replicas have worked.
  double worked_s(std::uint32_t hop) {
    std::uint64_t ns = 0;
    for (std::uint32_t i = 0; i < model_->pods.size(); ++i) {
      if (model_->workloads[model_->pods[i].workload].name == fmt::format("s{}.default", hop))
        ns += world_.pods[i].station.areas(now()).working;
    }
    return static_cast<double>(ns) * 1e-9;
  }

 private:
  static scenarios::Scenario read(const std::string& text) {
    auto scenario = scenarios::read_scenario(text, "chain.yaml");
    SQUALL_CHECK(scenario.has_value());
    return std::move(*scenario);
  }
  static std::unique_ptr<sim::Model> build(const scenarios::Scenario& scenario) {
    auto model = sim::build(scenario);
    SQUALL_CHECK(model.has_value());
    share_client_sidecars(**model);
    return std::move(*model);
  }

  std::uint32_t replicas_;
  scenarios::Scenario scenario_;
  std::unique_ptr<sim::Model> model_;
  std::vector<reports::Query> no_queries_;
  reports::RunData data_;
  sim::Collector collector_;
  sim::World world_;
};

}  // namespace squall::bench
