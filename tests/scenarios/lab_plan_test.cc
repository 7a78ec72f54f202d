#include "scenarios/lab_plan.h"

#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

Result<LabPlan> plan_of(const std::string& text) {
  const auto documents = config::parse_documents(text, "plan.yaml");
  EXPECT_TRUE(documents);
  return read_lab_plan(*documents);
}

TEST(LabPlan, BackendsStepsAndRequestsAreReadInMilliseconds) {
  const auto plan = plan_of(R"({case: c, bootstrap: {node: {id: n}},
  endpoints: [{name: e, address: 10.0.0.1, port: 80, protocol: http2, connect: refuse, max_concurrent_streams: 3,
               rules: [{when: {n: [1, 2], path: /x, header: {a: b}}, answer: {status: 503, delay: 1.5, then: hang}}]}],
  steps: [{do: send, id: s, lanes: [{start: 10, gap: 2, requests: [{id: r, method: GET, path: /, timeout: 100}]}]},
          {do: wait, ms: 250}, {do: until, stat: {stat: x, low: 1}, poll: 5, timeout: 50, mark: m}]})");
  ASSERT_TRUE(plan) << lines_of(plan.error());
  EXPECT_EQ(plan->name, "c");
  EXPECT_EQ(plan->bootstrap.find("node")->find("id")->text, "n");
  const LabEndpoint& endpoint = plan->endpoints.at(0);
  EXPECT_TRUE(endpoint.http2);
  EXPECT_EQ(endpoint.connect, LabConnect::kRefuse);
  EXPECT_EQ(endpoint.max_streams, 3U);
  EXPECT_TRUE(endpoint.rules[0].n->holds(2));
  EXPECT_FALSE(endpoint.rules[0].n->holds(3));
  EXPECT_EQ(endpoint.rules[0].answer.delay, 1500us);
  EXPECT_EQ(endpoint.rules[0].answer.then, LabAnswer::Then::kHang);
  ASSERT_EQ(plan->steps.size(), 3U);
  EXPECT_EQ(plan->steps[0].lanes[0].requests[0].timeout, 100ms);
  EXPECT_EQ(plan->steps[1].time, 250ms);
  EXPECT_EQ(plan->steps[2].low, 1);
}

TEST(LabPlan, WhatItDoesNotKnowIsAnError) {
  EXPECT_EQ(lines_of(plan_of("{case: c, stepps: []}").error()),
            "error: plan.stepps: unknown field; did you mean \"steps\"?\n");
  EXPECT_EQ(lines_of(plan_of("{steps: [{do: dance}]}").error()),
            "error: plan.steps[0].do: expected one of send, wait, at, mark, join, set, "
            "runtime, health, until, "
            "stats, probes, got \"dance\"\n");
  EXPECT_EQ(lines_of(plan_of("{steps: [{do: runtime, values: {a: 1}}]}").error()),
            "error: plan.steps[0].values is not supported by squall\n");
}

TEST(LabPlan, APlanIsOneDocument) {
  EXPECT_EQ(lines_of(plan_of("{case: a}\n---\n{case: b}\n").error()),
            "error: a plan is one document\n");
  EXPECT_EQ(lines_of(load_lab_plan("/nowhere.yaml").error()),
            "error: cannot be read: No such file or directory\n");
}

}  // namespace
}  // namespace squall::scenarios
