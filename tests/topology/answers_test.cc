#include "topology/answers.h"

#include <gtest/gtest.h>

#include "tests/topology/graphs.h"

namespace squall::topology {
namespace {

using testing::Made;

TEST(Answers, EveryKindHasItsShare) {
  Made made;
  made.add("a", 0, 0.1), made.add("b", 0, 0.5);
  made.call("a", "b");
  const auto answers = all_answers(made.graph);
  EXPECT_NEAR(answers[0].shares[1], 0.1, 1e-12);
  EXPECT_NEAR(answers[0].shares[2], 0.45, 1e-12);
  EXPECT_NEAR(answers[0].shares[0], 0.45, 1e-12);
  EXPECT_NEAR(failing(made.graph, answers[0].shares), 0.55, 1e-12);
}

TEST(Answers, OnlyWhatIsListedIsTriedAgain) {
  Made made;
  made.add("a");
  made.graph.operations[0].errors = {{.kind = 1, .share = 0.2}, {.kind = 2, .share = 0.3}};
  made.load("a", 1, 1);
  const auto answers = all_answers(made.graph);
  const Answers seen = request_answers(made.graph, answers, made.graph.loads[0].call);
  EXPECT_NEAR(seen.shares[1], 0.2 * 0.2, 1e-12);
  EXPECT_NEAR(seen.shares[2], 0.3 * 1.2, 1e-12);
  EXPECT_NEAR(seen.shares[0], 0.5 * 1.2, 1e-12);
}

TEST(Answers, AWorkloadThatIsDownAnswersNothingElse) {
  Made made;
  made.add("a", 0.5), made.add("b", 0.5);
  made.call("a", "b");
  const auto answers = all_answers(made.graph, 1);
  EXPECT_EQ(answers[1].shares[1], 1);
  EXPECT_EQ(answers[1].time_s, 0);
  EXPECT_EQ(answers[0].shares[2], 1);
  EXPECT_DOUBLE_EQ(answers[0].time_s, 0.5);
}

TEST(Answers, ManyTimesWithTinyErrorsLoseNothing) {
  Made made;
  made.add("a"), made.add("b", 0, 1e-12);
  made.call("a", "b").times = 1'000'000;
  const auto answers = all_answers(made.graph);
  EXPECT_NEAR(requests_of_calls(made.graph, answers, made.graph.operations[0])[0], 1e6, 1);
  EXPECT_NEAR(answers[0].shares[2], 1e-6, 1e-9);
}

TEST(Answers, ACircleOfErrorsConverges) {
  Made made;
  made.add("a", 0, 0.1), made.add("b");
  made.call("a", "b");
  made.call("b", "a").probability = 0.5;
  // f = 0.1 + 0.9 * 0.5 f
  const auto answers = all_answers(made.graph);
  EXPECT_NEAR(failing(made.graph, answers[0].shares), 0.1 / 0.55, 1e-10);
}

}  // namespace
}  // namespace squall::topology
