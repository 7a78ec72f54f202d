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

TEST(ReadWorkloads, WhatIsNotSaidHasNoLimitAndTakesNoTime) {
  const Workload w = workload_of("");
  EXPECT_FALSE(w.replicas);
  EXPECT_FALSE(w.concurrency);
  EXPECT_FALSE(w.queue.limit);
  EXPECT_FALSE(w.cpu);
  EXPECT_FALSE(w.behaviour.latency);
  EXPECT_TRUE(good_spec("  workloads: {app: }\n").workloads[0].operations.empty());
}

TEST(ReadWorkloads, ErrorsMayBeOneOrAListAndAddUpToAllRequestsAtMost) {
  EXPECT_EQ(workload_of("errors: {ratio: 1%, status: 503}").behaviour.errors.size(), 1U);
  EXPECT_EQ(workload_of("errors: [{ratio: 60%, status: 503}, {ratio: 40%, grpc: 8}]")
                .behaviour.errors.size(),
            2U);
  EXPECT_EQ(wrong("errors: [{ratio: 60%, status: 503}, {ratio: 0.5, status: 500}]"),
            "error: spec.workloads.app.errors: the ratios add up to 110%; each is a share of all "
            "requests: "
            "together at most 100%\n");
  EXPECT_EQ(wrong("errors: {ratio: 1%, status: 503, in: trailers}"),
            "error: spec.workloads.app.errors.in: is about a grpc-status; write it beside grpc\n");
  EXPECT_EQ(wrong("errors: {status: 503}"), "error: spec.workloads.app.errors: ratio is missing\n");
}

TEST(ReadWorkloads, ErrorsMayHaveALatencyOrComeInTurns) {
  const Workload w =
      workload_of("errors: [{ratio: 1%, status: 503, latency: 1ms}, {sequence: [503, 200]}]");
  ASSERT_EQ(w.behaviour.errors.size(), 2U);
  EXPECT_TRUE(w.behaviour.errors[0].latency);
  EXPECT_EQ(w.behaviour.errors[1].sequence, (std::vector<std::uint16_t>{503, 200}));
  EXPECT_EQ(wrong("errors: {sequence: [503], status: 500}"),
            "error: spec.workloads.app.errors.status: is of a share of the requests; leave it out "
            "beside sequence\n");
}

TEST(ReadWorkloads, AnOperationKeepsWhatItDoesNotSay) {
  const Workload w = workload_of(
      "latency: 9ms, errors: {ratio: 1%, status: 500}, calls: [{to: http://app/}], "
      "operations: [{match: {method: GET}, calls: []}, {name: put, match: {path: {regex: '/a|b'}}, "
      "latency: 1ms}]");
  ASSERT_EQ(w.operations.size(), 2U);
  EXPECT_EQ(w.operations[0].name, "GET");
  EXPECT_EQ(w.operations[0].behaviour.latency->sample(0), 9ms);
  EXPECT_TRUE(w.operations[0].behaviour.calls.empty());
  EXPECT_EQ(w.operations[1].name, "put");
  EXPECT_EQ(w.operations[1].behaviour.latency->sample(0), 1ms);
  EXPECT_EQ(w.operations[1].behaviour.errors.size(), 1U);
  EXPECT_EQ(w.operations[1].behaviour.calls.size(), 1U);
}

TEST(ReadWorkloads, ReplicasOfAllWorkloadsHaveALimit) {
  EXPECT_EQ(wrong_spec("  workloads: {a: {replicas: 60000}, b: {replicas: 40001}}\n"),
            "error: more than 100000 replicas in all; write fewer replicas\n");
}

}  // namespace
}  // namespace squall::scenarios
