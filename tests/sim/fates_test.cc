#include "sim/fates.h"

#include "sim/build.h"
#include "tests/sim/two_sides.h"

namespace squall::sim {
namespace {

struct Recorded {
  explicit Recorded(const std::string& text, std::size_t most = Fates::kMost)
      : scenario(testing::read_text(text)) {
    auto built = build(scenario);
    EXPECT_TRUE(built) << (built ? "" : testing::all_of(built.error()));
    model = *std::move(built);
    fates.emplace(*model, most);
    Diagnostics warnings;
    auto run_data = run(*model, 1, warnings, {.fates = &*fates});
    EXPECT_TRUE(run_data);
    data = *std::move(run_data);
    fates->sort();
  }
  scenarios::Scenario scenario;
  std::unique_ptr<Model> model;
  std::optional<Fates> fates;
  reports::RunData data;
};

TEST(Fates, EachRequestOfTheMeasuredWindowIsKeptOnce) {
  const Recorded recorded(testing::half_fails());
  for (std::size_t i = 0; i < 2; ++i) {
    const Fates::OfLoad& load = recorded.fates->load(i);
    const reports::Outcomes& outcomes = recorded.data.loads[i].outcomes;
    EXPECT_EQ(load.list.size(), outcomes.requests);
    std::uint64_t successes = 0;
    Duration sum{};
    for (const Fate& fate : load.list) {
      EXPECT_TRUE(fate.ended);
      EXPECT_GE(fate.begun, Instant(2s));
      successes += fate.status == 200 ? 1 : 0;
      sum += fate.took;
    }
    EXPECT_EQ(successes, outcomes.successes);
    EXPECT_NEAR(to_seconds(sum) / static_cast<double>(load.list.size()), *outcomes.latency.mean_s(),
                1e-12);
  }
}

TEST(Fates, OpenOnesAreNumberedByArrivalClosedOnesByUserAndRound) {
  const Recorded recorded(testing::half_fails());
  const Fates::OfLoad& open = recorded.fates->load(0);
  EXPECT_GT(open.list[0].key, 50U);  // those of the warm-up have numbers, too
  for (std::size_t i = 1; i < open.list.size(); ++i)
    EXPECT_EQ(open.list[i].key, open.list[i - 1].key + 1);
  const Fates::OfLoad& closed = recorded.fates->load(1);
  EXPECT_EQ(closed.list.front().key >> 32, 0U);
  EXPECT_EQ(closed.list.back().key >> 32, 2U);
  EXPECT_EQ(closed.list.back().key & 0xffffffff, closed.rounds[2] - 1);
}

TEST(Fates, TheLimitIsOfAllLoadsAndTheRestIsCounted) {
  const Recorded all(testing::half_fails());
  const Recorded some(testing::half_fails(), 100);
  EXPECT_EQ(some.fates->load(0).list.size() + some.fates->load(1).list.size(), 100U);
  EXPECT_EQ(some.fates->load(0).list.size() + some.fates->load(0).not_kept,
            all.fates->load(0).list.size());
}

TEST(Fates, WhatIsNeverAnsweredHasNotEnded) {
  const Recorded recorded(
      "spec:\n  duration: 3s\n  workloads: {client: {}, server: {}}\n"
      "  load: [{name: x, from: client, to: http://server/, rate: 10/s, arrivals: constant}]\n"
      "  faults: [{at: 0s, workload: server, hang: {}}]\n");
  for (const Fate& fate : recorded.fates->load(0).list) EXPECT_FALSE(fate.ended);
  EXPECT_EQ(recorded.fates->load_batches()[0].value(reports::BatchFigure::kUnfinished, 10),
            recorded.fates->load_batches()[0].value(reports::BatchFigure::kRequests, 10));
}

TEST(Fates, BatchesAddUpToTheReport) {
  const Recorded recorded(testing::half_fails());
  const auto sum = [](const reports::Batches& batches, reports::BatchFigure figure) {
    double all = 0;
    for (std::size_t i = 0; i < reports::Batches::kCount; ++i) all += *batches.value(figure, i);
    return all;
  };
  using enum reports::BatchFigure;
  const auto& load = recorded.data.loads[0];
  EXPECT_EQ(sum(recorded.fates->load_batches()[0], kRequests), load.outcomes.requests);
  EXPECT_EQ(sum(recorded.fates->load_batches()[0], kAttempts), load.attempts);
  for (const reports::EdgeData& edge : recorded.data.edges) {
    for (std::size_t i = 0; i < recorded.model->edges.size(); ++i) {
      const EdgeModel& model = recorded.model->edges[i];
      if (model.source != edge.source || model.destination != edge.destination) continue;
      EXPECT_EQ(sum(recorded.fates->edges()[i], kRequests), edge.outcomes.requests);
      EXPECT_EQ(sum(recorded.fates->edges()[i], kRetries), edge.retries);
    }
  }
}

TEST(Fates, BeingToldMovesNoFigure) {
  const Recorded recorded(testing::half_fails());
  Diagnostics warnings;
  const auto plain = run(*recorded.model, 1, warnings);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->events, recorded.data.events);
}

}  // namespace
}  // namespace squall::sim
