#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

Workload workload_of(const std::string& fields) {
  const Scenario s = good_spec("  workloads: {app: {" + fields + "}}\n");
  return s.workloads.empty() ? Workload{} : s.workloads[0];
}

std::string wrong(const std::string& fields) {
  return wrong_spec("  workloads: {app: {" + fields + "}}\n");
}

TEST(ReadSteps, CallsAreStepsInOrder) {
  const Workload w = workload_of(
      "calls: [{to: http://app/a, times: 3}, {parallel: [{to: http://app/b, probability: 10%}, "
      "{to: http://app/c}]}]");
  ASSERT_EQ(w.behaviour.calls.size(), 2U);
  EXPECT_EQ(w.behaviour.calls[0].times, 3);
  EXPECT_EQ(w.behaviour.calls[1].kind, Step::Kind::kParallel);
  EXPECT_EQ(w.behaviour.calls[1].steps[0].probability, 0.1);
  EXPECT_EQ(wrong("calls: [{parallel: [{parallel: []}]}]"),
            "error: parallel inside parallel; put its calls into the outer list\n");
}

std::vector<Step> steps_of(const std::string& list) {
  return workload_of("calls: [" + list + "]").behaviour.calls;
}

TEST(ReadSteps, WorkBranchesAndWhatNobodyWaitsFor) {
  const std::vector<Step> steps = steps_of(
      "{work: 1ms}, {choose: [{weight: 86, calls: []}, {weight: 14, calls: [{work: 2ms}]}]}, {to: "
      "http://app/, detach: true}, {parallel: [{to: http://app/}], await: 95%}");
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[0].kind, Step::Kind::kWork);
  EXPECT_EQ(steps[0].work->sample(1), std::chrono::milliseconds(1));
  EXPECT_EQ(steps[1].kind, Step::Kind::kChoose);
  ASSERT_EQ(steps[1].steps.size(), 2U);
  EXPECT_EQ(steps[1].steps[1].weight, 14);
  EXPECT_EQ(steps[1].steps[1].steps[0].kind, Step::Kind::kWork);
  EXPECT_TRUE(steps[2].detach);
  EXPECT_EQ(steps[3].await, 0.95);
}

TEST(ReadSteps, OnlyCallsStartTogether) {
  EXPECT_EQ(wrong("calls: [{parallel: [{work: 1ms}]}]"),
            "error: only calls start together; put it before or after the parallel calls\n");
}

TEST(ReadSteps, ABodyIsASizeAndACacheMayAskOnceForMany) {
  const std::vector<Step> steps = steps_of(
      "{to: http://app/, body: 2Ki}, {to: http://app/}, {cache: {entries: 1, single_flight: true}, "
      "miss: []}, {cache: {entries: 1}, miss: []}");
  EXPECT_EQ(steps[0].body, 2048);
  EXPECT_EQ(steps[1].body, 0);
  EXPECT_TRUE(steps[2].cache.single_flight);
  EXPECT_FALSE(steps[3].cache.single_flight);
  EXPECT_EQ(wrong("calls: [{to: http://app/, body: 2Ti}]"),
            "error: spec.workloads.app.calls[0].body: expected a size from 0 to 1Ti, got "
            "\"2Ti\"\n");
}

TEST(ReadSteps, ABranchHasAWeightAndItsCalls) {
  EXPECT_EQ(wrong("calls: [{choose: [{weight: 1}]}]"),
            "error: spec.workloads.app.calls[0].choose[0]: calls is missing; write calls: [] for "
            "nothing\n");
}

}  // namespace
}  // namespace squall::scenarios
