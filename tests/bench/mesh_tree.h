// MeshTree: a tree of services, all children of one asked at once, run as sim::run does.
//
// Service n calls the services n F + 1 to n F + F of those that there are. Each has its replicas
// with a sidecar of their own for calls and one on the way in; work takes a constant millisecond,
// arrivals are Poisson. With 1000 services and F = 100 it is isotope's 1000-svc_5000-end: ten
// callers, depth 3. A request makes a hop to each service, from the client's to the root on.
#pragma once
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdint>
#include <memory>
#include <string>

#include "policies/base/check.h"
#include "scenarios/reader.h"
#include "sim/build.h"
#include "sim/collector.h"
#include "sim/world.h"

namespace squall::bench {

inline std::string tree_scenario(std::uint32_t services, std::uint32_t fan_out,
                                 std::uint32_t replicas, std::uint32_t rate) {
  std::string text = fmt::format(
      "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 1h\n  load:\n"
      "    - {{name: load, from: client, to: http://s0/, rate: {}/s}}\n  workloads:\n"
      "    client: {{replicas: 1}}\n",
      rate);
  for (std::uint32_t i = 0; i < services; ++i) {
    std::string calls;
    for (std::uint32_t k = i * fan_out + 1; k <= i * fan_out + fan_out && k < services; ++k)
      calls += fmt::format("{{to: http://s{}/}}, ", k);
    if (!calls.empty()) calls = ", calls: [{parallel: [" + calls + "]}]";
    text += fmt::format("    s{}: {{replicas: {}, latency: 1ms{}}}\n", i, replicas, calls);
  }
  return text;
}

class MeshTree {
 public:
  static constexpr std::uint64_t kMostEvents = std::uint64_t{1} << 60;  // no limit

  MeshTree(std::uint32_t services, std::uint32_t fan_out, std::uint32_t replicas,
           std::uint32_t rate)
      : hops_(services),
        rate_(rate),
        scenario_(read(tree_scenario(services, fan_out, replicas, rate))),
        model_(build(scenario_)),
        collector_(*model_, data_, no_queries_),
        world_(*model_, scenario_.seed, collector_, nullptr) {}
  MeshTree(const MeshTree&) = delete;
  MeshTree& operator=(const MeshTree&) = delete;

  std::uint32_t hops_a_request() const { return hops_; }
  /// Goes on for as long as about so many requests take to arrive; how many ended.
  std::uint64_t run(std::uint64_t requests) {
    const std::uint64_t before = outcomes().ended;
    const auto time =
        Duration(static_cast<std::int64_t>(1e9 / rate_ * static_cast<double>(requests)));
    SQUALL_CHECK(world_.run(world_.engine.now() + time, kMostEvents) == sim::Engine::Stop::kLimit);
    return outcomes().ended - before;
  }
  const reports::Outcomes& outcomes() const { return data_.loads[0].outcomes; }
  const reports::RunData& data() const { return data_; }
  const sim::Model& model() const { return *model_; }

 private:
  static scenarios::Scenario read(const std::string& text) {
    auto scenario = scenarios::read_scenario(text, "tree.yaml");
    SQUALL_CHECK(scenario.has_value());
    return std::move(*scenario);
  }
  static std::unique_ptr<sim::Model> build(const scenarios::Scenario& scenario) {
    auto model = sim::build(scenario);
    SQUALL_CHECK(model.has_value());
    return std::move(*model);
  }

  std::uint32_t hops_, rate_;
  scenarios::Scenario scenario_;
  std::unique_ptr<sim::Model> model_;
  std::vector<reports::Query> no_queries_;
  reports::RunData data_;
  sim::Collector collector_;
  sim::World world_;
};

/// The most memory that the process has had so far, in megabytes.
inline double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

}  // namespace squall::bench
