// Sizes of a built model: what grows with the mesh, and what with what is called.
#include "sim/build.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "scenarios/reader.h"
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

struct Sizes {
  std::size_t configurations = 0, clusters = 0, hosts = 0, targets = 0;
  bool operator==(const Sizes&) const = default;
};

/// Of a mesh of services in a binary tree, each with its replicas and a VirtualService.
Sizes sizes_of_tree(int services, int replicas, BuildOptions options = {}) {
  std::string text =
      "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  load: [{name: load, from: outside, to: "
      "http://s1/, rate: 1/s}]\n  workloads:\n";
  std::string rules;
  for (int i = 1; i <= services; ++i) {
    std::string calls;
    for (int child = 2 * i; child <= 2 * i + 1 && child <= services; ++child)
      calls += fmt::format("{{to: http://s{}/}}, ", child);
    text += fmt::format("    s{}: {{replicas: {}, calls: [{}]}}\n", i, replicas, calls);
    rules += testing::virtual_service(fmt::format("s{}", i), "timeout: 1s");
  }
  auto scenario = scenarios::read_scenario(text + rules, "tree.yaml", {});
  EXPECT_TRUE(scenario) << (scenario ? "" : testing::all_of(scenario.error()));
  const auto model = build(*scenario, options);
  EXPECT_TRUE(model) << (model ? "" : testing::all_of(model.error()));
  Sizes sizes;
  sizes.configurations = (*model)->configurations.size();
  for (const ConfigurationModel& one : (*model)->configurations) {
    sizes.clusters += one.rules->epoch.clusters.size();
    sizes.hosts += one.rules->epoch.host_count();
    sizes.targets += one.targets.size();
  }
  return sizes;
}

TEST(Build, AModelIsLinearInWhatIsCalled) {
  for (const std::size_t services : {15U, 31U, 63U}) {
    const std::size_t callers = services / 2, calls = services - 1;
    const Sizes sizes = sizes_of_tree(static_cast<int>(services), 3);
    EXPECT_EQ(sizes.configurations, services + callers);  // inbound, outbound
    // A cluster a call, an application a service, and two of each caller that lead nowhere.
    EXPECT_EQ(sizes.clusters, calls + services + 2 * callers);
    EXPECT_EQ(sizes.hosts, 3 * calls + services);
    EXPECT_EQ(sizes.targets, sizes.hosts);
  }
}

TEST(Build, WholeViewsHaveAllServicesForEachCaller) {
  const Sizes sizes = sizes_of_tree(15, 3, {.whole_views = true});
  EXPECT_EQ(sizes.clusters, 7 * (15 + 2) + 15U);
}

}  // namespace
}  // namespace squall::sim
