#include "topology/paths.h"

#include <gtest/gtest.h>

#include "tests/topology/graphs.h"

namespace squall::topology {
namespace {

using testing::Made;
using testing::Solved;

std::string path(const Made& made) {
  const Solved solved(made);
  std::string text;
  for (const Hop& hop : critical_path(made.graph, solved, made.graph.loads[0])) {
    text += std::string(hop.depth, '>') + made.graph.workloads[hop.operation].name + " ";
  }
  return text;
}

std::string hit(const Made& made, const std::string& down) {
  const Solved solved(made);
  const Blast found = blast(made.graph, solved, made.index(down));
  std::string text;
  for (const Hit& one : found.workloads) text += made.graph.workloads[one.index].name + " ";
  return text + (found.loads.empty() ? "" : "load");
}

TEST(Paths, TheLongestOfParallelCallsIsWaitedFor) {
  Made made;
  made.add("a", 0.001), made.add("b", 0.010), made.add("c", 0.030), made.add("d", 0.005);
  Step both;
  both.parallel = true;
  for (const char* to : {"b", "c"}) both.calls.emplace_back().ways = {made.way("a", to)};
  made.graph.operations[0].steps = {both};
  made.call("a", "d");
  made.load("a", 10);
  EXPECT_EQ(path(made), "a >c >d ");
  // Below b there is more to wait for than c takes.
  made.call("b", "d").times = 5;
  EXPECT_EQ(path(made), "a >b >>d >d ");
}

TEST(Paths, TimesOfThePathAddUpToTheLatency) {
  Made made;
  made.add("a", 0.001), made.add("b", 0.010, 0.25), made.add("c", 0.030);
  made.call("a", "b", 1).times = 2;
  made.call("a", "c").probability = 0.5;
  made.load("a", 10);
  const Solved solved(made);
  double sum = 0;
  for (const Hop& hop : critical_path(made.graph, solved, made.graph.loads[0])) sum += hop.own_s;
  EXPECT_NEAR(sum, solved.loads[0].latency_s, 1e-12);
}

TEST(Paths, ACircleIsFollowedOnce) {
  Made made;
  made.add("a", 0.010), made.add("b", 0.010);
  made.call("a", "b");
  made.call("b", "a").probability = 0.5;
  made.load("a", 100);
  EXPECT_EQ(path(made), "a >b ");
}

TEST(Paths, CallersFailWithWhatTheyCall) {
  Made made;
  made.add("a"), made.add("b"), made.add("c"), made.add("d");
  made.call("a", "b");
  made.call("b", "c");
  made.call("a", "d").ignores_errors = true;
  made.load("a", 10);
  EXPECT_EQ(hit(made, "c"), "a b load");
  EXPECT_EQ(hit(made, "d"), "");
  EXPECT_EQ(hit(made, "a"), "load");
}

TEST(Paths, OnlyTheShareThatGoesThereFails) {
  Made made;
  made.add("a"), made.add("b", 0, 0.1), made.add("c");
  made.call("a", "b").probability = 0.5;
  made.call("a", "c").probability = 0.4;
  made.load("a", 10);
  const Solved solved(made);
  const Blast found = blast(made.graph, solved, made.index("c"));
  ASSERT_EQ(found.loads.size(), 1U);
  EXPECT_NEAR(found.loads[0].before, 0.05, 1e-12);
  EXPECT_NEAR(found.loads[0].after, 0.05 + 0.95 * 0.4, 1e-12);
  ASSERT_EQ(found.workloads.size(), 1U);
  EXPECT_NEAR(found.workloads[0].after, 0.43, 1e-12);
}

TEST(Paths, AnAnswerThatIsNoFailureSparesTheCaller) {
  Made made;
  made.graph.kinds.push_back({.name = "404"});
  made.add("a"), made.add("b");
  made.call("a", "b").answer = 3;
  made.load("a", 10);
  EXPECT_EQ(hit(made, "b"), "");
}

}  // namespace
}  // namespace squall::topology
