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
            "error: spec.workloads.app.calls[0].parallel[0]: parallel inside parallel; put its "
            "calls into the outer list\n");
}

}  // namespace
}  // namespace squall::scenarios
