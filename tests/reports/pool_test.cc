#include "reports/pool.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "reports/write_json.h"

namespace squall::reports {
namespace {

RunData one_run(std::uint64_t seed, Duration latency, int status) {
  RunData data{
      .scenario = "two-answers", .seed = seed, .duration = 12s, .warmup = 2s, .measured = 10s};
  data.flag_names = {"", "UH", "UO"};
  data.runs = {{seed, "pass"}};
  LoadData load{.name = "shoppers", .attempts = 4, .good_answers = 3, .series = Series(12s)};
  EdgeData edge{.source = "web",
                .service = "app.shop",
                .subset = "v1",
                .destination = "app.shop",
                .attempts = 5};
  edge.overflow(Limit::kPending) = 2;
  for (int i = 0; i < 4; ++i) {
    const bool bad = i == 3;
    for (Outcomes* outcomes : {&load.outcomes, &edge.outcomes}) {
      ++outcomes->requests;
      outcomes->end(latency, bad ? status : 200, bad ? 2 : 0, !bad || status < 500);
    }
    load.series.record(Instant(3s), latency, !bad || status < 500);
  }
  ++load.outcomes.requests;  // never answered
  data.loads.push_back(std::move(load));
  data.edges.push_back(std::move(edge));
  data.workloads.push_back(
      {.name = "app.shop",
       .replicas = 2,
       .ready_min = static_cast<std::uint32_t>(seed),
       .requests = 4,
       .queue_max = seed,
       .busy_area = 5e9,
       .capacity_area = 20e9,
       .queue_area = 1e9,
       .scaling = ScalingData{.replicas_min = 2,
                              .replicas_max = static_cast<std::uint32_t>(seed) + 2,
                              .scale_ins = 1,
                              .scale_outs = seed}});
  data.endpoints.push_back(
      {"app-0.shop", 4, {{"web-0.shop", Instant(3s), 30s, "consecutive_5xx"}}});
  data.timeline.push_back(
      {Instant(3s), "ejected", "app-0.shop", "5 consecutive 5xx seen by web-0"});
  return data;
}

TEST(Report, RatesAreOfTheMeasuredWindow) {
  const RunReport report = to_report(one_run(1, 10ms, 503));
  EXPECT_EQ(report.schema_version(), 1U);
  EXPECT_EQ(report.verdict(), "pass");
  ASSERT_EQ(report.loads_size(), 1);
  const Load& load = report.loads(0);
  EXPECT_EQ(load.kind(), "open");
  EXPECT_EQ(load.requests(), 5U);
  EXPECT_EQ(load.unfinished(), 1U);
  EXPECT_EQ(load.rate_per_s(), 0.5);
  EXPECT_EQ(load.goodput_per_s(), 0.3);
  EXPECT_EQ(load.success_ratio(), 0.75);
  EXPECT_EQ(load.latency_s().p99(), 0.01);
  EXPECT_EQ(load.status().at("503"), 1U);
  EXPECT_EQ(load.flags().at("UO"), 1U);
  EXPECT_EQ(load.flags().at("-"), 3U);
  EXPECT_EQ(report.workloads(0).utilization(), 0.25);
  EXPECT_EQ(report.workloads(0).queue().mean(), 0.1);
  EXPECT_EQ(report.series().loads().at("shoppers").requests(3), 4U);
  EXPECT_EQ(report.endpoints(0).ejections(0).for_s(), 30);
}

TEST(Report, FlagListsKeepTheirOrder) {
  RunData data = one_run(1, 10ms, 503);
  data.loads[0].outcomes.flags.add(0x0102);
  EXPECT_EQ(to_report(data).loads(0).flags().at("UO,UH"), 1U);
}

TEST(Report, FiguresOfNothingAreAbsent) {
  RunData data{.scenario = "empty", .seed = 1, .duration = 10s, .measured = 10s};
  data.loads.push_back({.name = "nobody"});
  data.workloads.push_back({.name = "unlimited"});
  const RunReport report = to_report(data);
  EXPECT_FALSE(report.loads(0).has_success_ratio());
  EXPECT_FALSE(report.loads(0).latency_s().has_p50());
  EXPECT_FALSE(report.workloads(0).has_utilization());
  EXPECT_FALSE(report.workloads(0).has_scaling());
  ASSERT_EQ(report.runs_size(), 1);
  EXPECT_EQ(report.runs(0).verdict(), "pass");
}

TEST(Report, VerdictFollowsExpectationsAndInterruption) {
  RunData data = one_run(1, 10ms, 503);
  data.expectations = {{"a", true, 1.0, ""}, {"b", false, std::nullopt, "there is no p99"}};
  EXPECT_EQ(to_report(data).verdict(), "fail");
  EXPECT_FALSE(to_report(data).expectations(1).has_value());
  EXPECT_EQ(to_report(data).expectations(1).why(), "there is no p99");
  EXPECT_FALSE(to_report(data).expectations(0).has_why());
  data.interrupted = true;
  EXPECT_EQ(to_report(data).verdict(), "interrupted");
}

TEST(Pool, AddsCountsAndMergesHistograms) {
  RunData data = one_run(1, 10ms, 503);
  merge(data, one_run(2, 30ms, 404));
  const RunReport report = to_report(data);
  const Load& load = report.loads(0);
  EXPECT_EQ(load.requests(), 10U);
  EXPECT_EQ(load.rate_per_s(), 0.5);
  EXPECT_EQ(load.success_ratio(), 0.875);
  EXPECT_EQ(load.latency_s().mean(), 0.02);
  EXPECT_EQ(load.latency_s().max(), 0.03);
  EXPECT_EQ(load.status().at("404"), 1U);
  EXPECT_EQ(report.edges(0).overflows().pending(), 4U);
  EXPECT_EQ(report.workloads(0).utilization(), 0.25);
  EXPECT_EQ(report.workloads(0).queue().max(), 2U);
  EXPECT_EQ(report.workloads(0).ready_min(), 1U);
  EXPECT_EQ(report.workloads(0).scaling().replicas_min(), 2U);
  EXPECT_EQ(report.workloads(0).scaling().replicas_max(), 4U);
  EXPECT_EQ(report.workloads(0).scaling().scale_ins(), 2U);
  EXPECT_EQ(report.workloads(0).scaling().scale_outs(), 3U);
  EXPECT_EQ(report.endpoints(0).requests(), 8U);
  EXPECT_EQ(report.endpoints(0).ejections_size(), 1) << "a story of the first run";
  EXPECT_EQ(report.timeline_size(), 1);
  ASSERT_EQ(report.runs_size(), 2);
  EXPECT_EQ(report.runs(1).seed(), 2U);
  EXPECT_EQ(report.seed(), 1U);
}

TEST(Pool, KeepsWhatOnlyOneRunMet) {
  RunData data = one_run(1, 10ms, 503);
  RunData other = one_run(2, 10ms, 503);
  other.edges.insert(other.edges.begin(), {.source = "web", .service = "gone.shop"});
  merge(data, other);
  ASSERT_EQ(data.edges.size(), 2U);
  EXPECT_EQ(data.edges[0].attempts, 10U);
  EXPECT_EQ(data.edges[1].service, "gone.shop");
}

TEST(Pool, AnswersMergeByQuery) {
  RunData a = one_run(1, 10ms, 503);
  RunData b = one_run(2, 10ms, 503);
  a.answers.resize(1, Answer(1));
  b.answers.resize(1, Answer(1));
  a.answers[0][0].add(3);
  b.answers[0][0].add(5);
  merge(a, b);
  EXPECT_EQ(a.answers[0][0].value(Metric::kRate, 2s), 2);
}

}  // namespace
}  // namespace squall::reports
