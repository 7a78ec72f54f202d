// Hints change nothing that a run does, also where what they name has crashed meanwhile.
#include "sim/fetch_ahead.h"

#include <string>

#include <gtest/gtest.h>

#include "scenarios/reader.h"
#include "sim/build.h"
#include "sim/collector.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

/// One service asks eight at once; 1,100 pods, of which some crash.
std::string fleet() {
  std::string calls, workloads;
  for (int i = 1; i <= 8; ++i) {
    calls += "{to: http://s" + std::to_string(i) + "/}, ";
    workloads += "    s" + std::to_string(i) +
                 ": {replicas: 120, cpu: {cores: 1}, latency: {exponential: {mean: 20ms}}}\n";
  }
  return "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 1s\n  load:\n"
         "    - {name: load, from: client, to: http://s0/, rate: 2000/s}\n"
         "  faults:\n"
         "    - {at: 300ms, for: 200ms, workload: s3, crash: {of: pod}}\n"
         "    - {at: 400ms, for: 200ms, workload: s0, crash: {of: container}}\n"
         "  workloads:\n    client: {replicas: 10}\n"
         "    s0: {replicas: 140, latency: 1ms, calls: [{parallel: [" +
         calls + "]}]}\n" + workloads;
}

struct Seen {
  std::uint64_t events = 0, ended = 0, successes = 0;
  double mean_s = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

TEST(FetchAhead, ARunIsTheSameWithAndWithoutIt) {
  const auto scenario = scenarios::read_scenario(fleet(), "fleet.yaml");
  ASSERT_TRUE(scenario.has_value());
  const auto model = build(*scenario);
  ASSERT_TRUE(model.has_value());
  const auto run = [&](bool ahead) {
    reports::RunData data;
    const std::vector<reports::Query> no_queries;
    Collector collector(**model, data, no_queries);
    World world(**model, scenario->seed, collector, nullptr);
    EXPECT_GT(world.steps_ahead, 0);
    if (!ahead) world.steps_ahead = 0;
    world.run(Instant{} + std::chrono::seconds(2), std::uint64_t{1} << 40);
    const reports::Outcomes& outcomes = data.loads[0].outcomes;
    return Seen{.events = world.engine.events(),
                .ended = outcomes.ended,
                .successes = outcomes.successes,
                .mean_s = outcomes.latency.mean_s().value_or(0)};
  };
  const Seen with = run(true);
  EXPECT_EQ(with, run(false));
  EXPECT_GT(with.ended, 1'000U);
  EXPECT_LT(with.successes, with.ended);
}

TEST(FetchAhead, OnlyWhereMuchIsToBeLookedAt) {
  Model model;
  EXPECT_EQ(FetchAhead::steps_for(model), 0);
  model.pods.resize(2'000);
  EXPECT_EQ(FetchAhead::steps_for(model), 4);
  model.pods.back().inbound = 7;
  EXPECT_EQ(FetchAhead::steps_for(model), 7);
}

}  // namespace
}  // namespace squall::sim
