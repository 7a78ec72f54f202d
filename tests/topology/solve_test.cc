// Figures that follow by hand.
#include "topology/solve.h"

#include <gtest/gtest.h>

#include "tests/topology/graphs.h"

namespace squall::topology {
namespace {

using testing::Made;
using testing::Solved;

TEST(Solve, AChainCarriesItsLoad) {
  Made made;
  made.add("a", 0.002), made.add("b", 0.003);
  made.call("a", "b").times = 3;
  made.load("a", 100);
  const Solved solved(made);
  EXPECT_DOUBLE_EQ(solved.rate("a"), 100);
  EXPECT_DOUBLE_EQ(solved.rate("b"), 300);
  EXPECT_DOUBLE_EQ(solved.edge("a", "b").per_s, 300);
  EXPECT_DOUBLE_EQ(solved.loads[0].latency_s, 0.002 + 3 * 0.003);
  EXPECT_DOUBLE_EQ(solved.workload("a").held_s, 0.011);
  EXPECT_DOUBLE_EQ(solved.workload("a").work_s, 0.002);
}

TEST(Solve, BothSidesOfADiamondMeet) {
  Made made;
  made.add("a"), made.add("b", 0.010), made.add("c", 0.030), made.add("d", 0.005);
  Step both;
  both.parallel = true;
  for (const char* to : {"b", "c"}) {
    both.calls.emplace_back().ways = {made.way("a", to)};
    made.call(to, "d");
  }
  both.calls[1].probability = 0.5;
  made.graph.operations[0].steps = {both};
  made.load("a", 10);
  const Solved solved(made);
  EXPECT_DOUBLE_EQ(solved.rate("c"), 5);
  EXPECT_DOUBLE_EQ(solved.rate("d"), 15);
  // The longer one half of the time, else the other.
  EXPECT_DOUBLE_EQ(solved.loads[0].latency_s, 0.5 * 0.035 + 0.5 * 0.015);
}

TEST(Solve, RetriesMultiplyAttemptsAndLeaveTheLastFailure) {
  Made made;
  made.add("a", 0.010, 0.3);
  made.load("a", 100, 2);
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("a"), 100 * (1 + 0.3 + 0.09), 1e-9);
  EXPECT_DOUBLE_EQ(solved.edge("outside", "a").per_s, 100);
  EXPECT_NEAR(solved.edge("outside", "a").attempts_per_s, 139, 1e-9);
  EXPECT_NEAR(solved.loads[0].failed, 0.027, 1e-12);
  EXPECT_NEAR(solved.edge("outside", "a").failed, 0.027, 1e-12);
  EXPECT_NEAR(solved.loads[0].latency_s, 0.0139, 1e-12);
}

TEST(Solve, WhatAlwaysFailsIsTriedToTheEnd) {
  Made made;
  made.add("a", 0, 1);
  made.load("a", 10, 3);
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("a"), 40, 1e-9);
  EXPECT_NEAR(solved.loads[0].failed, 1, 1e-12);
}

TEST(Solve, RetriesOfEachLayerMultiply) {
  Made made;
  made.add("a"), made.add("b"), made.add("c", 0, 1);
  made.call("a", "b", 2).answer = 1;
  made.call("b", "c", 2).answer = 1;  // 503, which is tried again
  made.load("a", 1, 2);
  EXPECT_NEAR(Solved(made).rate("c"), 27, 1e-9);
}

TEST(Solve, AFailedCallStopsTheCallsAfterIt) {
  Made made;
  made.add("a"), made.add("b", 0, 0.2), made.add("c");
  made.call("a", "b").times = 2;
  made.call("a", "c");
  made.load("a", 100);
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("b"), 100 + 80, 1e-9);
  EXPECT_NEAR(solved.rate("c"), 64, 1e-9);
  EXPECT_NEAR(solved.loads[0].failed, 0.36, 1e-12);
}

TEST(Solve, OneThatIsIgnoredStopsNothing) {
  Made made;
  made.add("a"), made.add("b", 0, 0.2), made.add("c");
  made.call("a", "b").ignores_errors = true;
  made.call("a", "c");
  made.load("a", 100);
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("c"), 100, 1e-9);
  EXPECT_EQ(solved.loads[0].failed, 0);
  EXPECT_NEAR(solved.edge("a", "b").failed, 0.2, 1e-12);
}

TEST(Solve, ParallelCallsAreAllMadeAndOneFailureIsEnough) {
  Made made;
  made.add("a"), made.add("b", 0, 0.5), made.add("c", 0, 0.5), made.add("d");
  Step both;
  both.parallel = true;
  for (const char* to : {"b", "c"}) {
    both.calls.emplace_back().ways = {made.way("a", to)};
    both.calls.back().answer = 2;
  }
  made.graph.operations[0].steps = {both};
  made.call("a", "d");
  made.load("a", 100);
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("b"), 100, 1e-9);
  EXPECT_NEAR(solved.rate("c"), 100, 1e-9);
  EXPECT_NEAR(solved.rate("d"), 25, 1e-9);
}

TEST(Solve, WeightsDivideRequestsAndRetriesStayOnTheirWay) {
  Made made;
  made.add("old"), made.add("new", 0, 0.5);
  Load& load = made.load("old", 100, 1);
  load.call.ways[0].share = 0.9;
  load.call.ways.push_back(made.way("outside", "new", 1));
  load.call.ways[1].share = 0.1;
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("old"), 90, 1e-9);
  EXPECT_NEAR(solved.rate("new"), 15, 1e-9);
  EXPECT_NEAR(solved.loads[0].failed, 0.025, 1e-12);
}

TEST(Solve, RequestsCountWhereTheLastAttemptWent) {
  Made made;
  made.add("good"), made.add("bad", 0, 1);
  Load& load = made.load("good", 100, 1);
  load.call.ways[0].targets[0].share = 0.5;
  load.call.ways[0].targets.push_back(made.way("outside", "bad").targets[0]);
  load.call.ways[0].targets[1].share = 0.5;
  const Solved solved(made);
  EXPECT_NEAR(solved.edge("outside", "good").per_s, 75, 1e-9);
  EXPECT_NEAR(solved.edge("outside", "bad").per_s, 25, 1e-9);
  EXPECT_NEAR(solved.edge("outside", "bad").attempts_per_s, 75, 1e-9);
  EXPECT_NEAR(solved.edge("outside", "bad").failed, 1, 1e-12);
}

TEST(Solve, CopiesAreWorkThatNobodyWaitsFor) {
  Made made;
  made.add("a", 0.001), made.add("shadow", 1, 1);
  Load& load = made.load("a", 100);
  load.call.ways.push_back(made.way("outside", "shadow"));
  load.call.ways[1].copy = true;
  load.call.ways[1].share = 0.25;
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("shadow"), 25, 1e-9);
  EXPECT_EQ(solved.edge("outside", "shadow").per_s, 0);
  EXPECT_NEAR(solved.edge("outside", "shadow").copies_per_s, 25, 1e-9);
  EXPECT_EQ(solved.loads[0].failed, 0);
  EXPECT_DOUBLE_EQ(solved.loads[0].latency_s, 0.001);
}

TEST(Solve, WhatIsAnsweredBeforeAnybodyIsAskedAsksNobody) {
  Made made;
  made.add("a");
  Load& load = made.load("a", 100);
  load.call.ways[0].share = 0.7;
  Way aborted;
  aborted.share = 0.3;
  aborted.answer = 1;
  load.call.ways.push_back(aborted);
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("a"), 70, 1e-9);
  EXPECT_NEAR(solved.loads[0].failed, 0.3, 1e-12);
}

TEST(Solve, SlotsAreHeldDuringCallsAndCoresAreNot) {
  Made made;
  made.add("a", 0.010), made.add("b", 0.030);
  made.call("a", "b");
  made.load("a", 50);
  made.workload("a").slots = 4;
  made.workload("a").replicas = 2;
  made.workload("a").cores = 1;
  made.workload("b").cores = 2;
  const Solved solved(made);
  EXPECT_DOUBLE_EQ(*solved.workload("a").slots, 50 * 0.040 / 8);
  EXPECT_DOUBLE_EQ(*solved.workload("a").cores, 50 * 0.010 / 2);
  EXPECT_DOUBLE_EQ(*solved.workload("b").utilization(), 0.75);
  ASSERT_TRUE(solved.bottleneck.has_value());
  EXPECT_EQ(solved.bottleneck->workload, made.index("b"));
  EXPECT_DOUBLE_EQ(solved.bottleneck->saturates_at, 4.0 / 3);
}

TEST(Solve, NothingThatIsAskedHasALimit) {
  Made made;
  made.add("a", 1), made.add("idle", 1);
  made.workload("idle").slots = 1;
  made.load("a", 50);
  EXPECT_FALSE(Solved(made).bottleneck.has_value());
}

TEST(Solve, UsersAskAsOftenAsTheirRoundsAllow) {
  Made made;
  made.add("a", 0.050);
  Load& load = made.load("a", 0);
  load.users = 20;
  load.think_s = 0.950;
  EXPECT_DOUBLE_EQ(Solved(made).rate("a"), 20);
  load.think_s = 0;
  made.graph.operations[0].work_s = 0;
  EXPECT_EQ(Solved(made).rate("a"), 0);  // time stands still
}

TEST(Solve, ACircleThatDiesOutHasASteadyState) {
  Made made;
  made.add("a", 0.010), made.add("b", 0.010);
  made.call("a", "b");
  made.call("b", "a").probability = 0.5;
  made.load("a", 100);
  const Solved solved(made);
  EXPECT_NEAR(solved.rate("a"), 200, 1e-6);
  EXPECT_NEAR(solved.rate("b"), 200, 1e-6);
  EXPECT_NEAR(solved.loads[0].latency_s, 0.040, 1e-9);
}

TEST(Solve, ACircleThatGrowsHasNone) {
  Made made;
  made.add("a", 0.010), made.add("b", 0.010);
  made.call("a", "b").times = 2;
  Call& back = made.call("b", "a");
  made.load("a", 100);
  EXPECT_FALSE(solve(made.graph).has_value());
  back.probability = 0.5;  // for each one more
  EXPECT_FALSE(solve(made.graph).has_value());
  made.graph.loads.clear();  // nobody sets it going
  EXPECT_TRUE(solve(made.graph).has_value());
}

}  // namespace
}  // namespace squall::topology
