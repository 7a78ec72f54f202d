#include "sim/replicate.h"

#include <atomic>

#include "reports/write_json.h"
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

/// Requests whose answers differ from seed to seed; half of them fail.
scenarios::Scenario scenario(const std::string& expect) {
  auto read = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n"
      "spec:\n  duration: 10s\n  seed: 3\n"
      "  workloads: {client: {}, server: {replicas: 2, latency: {exponential: {mean: 1ms}}, "
      "errors: {ratio: 50%, status: 503}}}\n"
      "  load: [{name: x, from: client, to: http://server/, rate: 20/s}]\n  expect: " +
          expect + "\n",
      "s.yaml", {});
  EXPECT_TRUE(read.has_value()) << (read ? "" : testing::all_of(read.error()));
  return read ? *std::move(read) : scenarios::Scenario{};
}

std::string json(const Result<Replications>& found) {
  EXPECT_TRUE(found && found->pooled);
  return found && found->pooled ? reports::to_json(reports::to_report(*found->pooled)) : "";
}

TEST(Replicate, OneRunIsTheScenariosOwn) {
  const scenarios::Scenario asked = scenario(R"(['requests{load="x"} > 0'])");
  const auto found = replicate(asked, {});
  ASSERT_TRUE(found && found->pooled);
  EXPECT_EQ(found->pooled->seed, 3U);
  Diagnostics warnings;
  const auto alone = run(asked, warnings);
  ASSERT_TRUE(alone);
  EXPECT_EQ(found->pooled->events, alone->events);
  EXPECT_EQ(found->pooled->loads[0].outcomes.requests, alone->loads[0].outcomes.requests);
}

TEST(Replicate, ARunOfSeveralIsTheRunOfItsSeed) {
  scenarios::Scenario asked = scenario("[]");
  const auto several = replicate(asked, {.runs = 3});
  ASSERT_TRUE(several && several->pooled);
  std::uint64_t events = 0;
  for (int i = 0; i < 3; ++i) {
    const auto one = replicate(asked, {});
    ASSERT_TRUE(one && one->pooled);
    events += one->pooled->events;
    ++asked.seed;
  }
  EXPECT_EQ(several->pooled->events, events);
  ASSERT_EQ(several->pooled->runs.size(), 3U);
  EXPECT_EQ(several->pooled->runs[2].seed, 5U);
}

TEST(Replicate, HowManyRunAtATimeChangesNothing) {
  const scenarios::Scenario asked =
      scenario(R"(['success{load="x"} > 10%', {expr: 'success{load="x"} > 50%', in: "> 1%"}])");
  EXPECT_EQ(json(replicate(asked, {.runs = 6, .jobs = 1})),
            json(replicate(asked, {.runs = 6, .jobs = 4})));
}

TEST(Replicate, AShareOfTheRunsIsCountedOnEach) {
  const scenarios::Scenario asked = scenario(
      R"([{expr: 'success{load="x"} > 0%', in: "== 100%"}, {expr: 'success{load="x"} >= 100%', in: ">= 5%"}, 'success{load="x"} > 1%'])");
  const auto found = replicate(asked, {.runs = 4});
  ASSERT_TRUE(found && found->pooled);
  const auto& results = found->pooled->expectations;
  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(results[0].ok);
  EXPECT_EQ(results[0].share.held, 4U);
  EXPECT_EQ(results[0].share.runs, 4U);
  EXPECT_FALSE(results[1].ok);
  EXPECT_EQ(results[1].value, 0);
  EXPECT_EQ(results[2].share.runs, 0U);
  // No run alone says whether a share of them is enough.
  for (const reports::RunVerdict& run : found->pooled->runs) EXPECT_EQ(run.verdict, "pass");
  EXPECT_EQ(reports::verdict_of(*found->pooled), "fail");
}

TEST(Replicate, WhatTheModelWarnsOfIsSaidOnce) {
  auto read = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\nspec:\n  duration: 2s\n"
      "  workloads: {lonely: {latency: 1ms}, server: {}}\n"
      "  load: [{name: x, from: outside, to: http://server/, rate: 20/s}]\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: server}\nspec: {selector: {app: "
      "server}, "
      "ports: [{port: 80, name: http}]}\n",
      "s.yaml", {});
  ASSERT_TRUE(read);
  const auto one = replicate(*read, {});
  const auto several = replicate(*read, {.runs = 3});
  ASSERT_TRUE(one && several);
  EXPECT_FALSE(one->warnings.empty());
  EXPECT_EQ(testing::all_of(one->warnings), testing::all_of(several->warnings));
}

TEST(Replicate, ErrorsOfTheModelAndOfARunEndAll) {
  EXPECT_FALSE(replicate(scenario(R"(['requests{workload="nobody"} > 0'])"), {.runs = 3}));
  const auto endless = replicate(scenario("[]"), {.runs = 3, .each = {.most_under_way = 0}});
  ASSERT_FALSE(endless);
  EXPECT_NE(testing::all_of(endless.error()).find("more than 0 requests"), std::string::npos);
}

TEST(Replicate, StoppedBeforeItBeganThereIsNothing) {
  const std::atomic<bool> stop = true;
  const auto found = replicate(scenario("[]"), {.runs = 3, .each = {.stop = &stop}});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->pooled);
}

}  // namespace
}  // namespace squall::sim
