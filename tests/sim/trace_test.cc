#include "sim/trace.h"

#include "sim/build.h"
#include "sim/fates.h"
#include "tests/sim/two_sides.h"

namespace squall::sim {
namespace {

struct Traced {
  Traced(const std::string& text, std::vector<Trace::Wanted> wanted)
      : scenario(testing::read_text(text)),
        model(*build(scenario)),
        trace(*model, wanted),
        fates(*model, Fates::kMost, &trace) {
    Diagnostics warnings;
    auto found = run(*model, 1, warnings, {.fates = &fates, .trace = &trace});
    EXPECT_TRUE(found);
    if (found) data = *std::move(found);
    fates.sort();
  }
  scenarios::Scenario scenario;
  std::unique_ptr<Model> model;
  Trace trace;
  Fates fates;
  reports::RunData data;
};

const std::string kChain =
    "spec:\n  duration: 5s\n  workloads:\n"
    "    web: {calls: [{to: http://app/, times: 2}]}\n"
    "    app: {latency: 10ms}\n"
    "  load: [{name: users, from: outside, to: http://web/, rate: 10/s, arrivals: constant}]\n";

TEST(Trace, KeepsTheCallsOfAWantedRequestAndNoOthers) {
  const Traced traced(kChain, {{.load = 0, .key = 7}, {.load = 0, .key = 1000}});
  ASSERT_NE(traced.trace.root(0), kNone);
  EXPECT_EQ(traced.trace.root(1), kNone);
  const TracedSpan& root = traced.trace.span(traced.trace.root(0));
  EXPECT_EQ(root.source, kNone);
  EXPECT_FALSE(root.decided);  // nobody outside has a sidecar
  ASSERT_EQ(root.attempts.size(), 1U);
  EXPECT_EQ(root.attempts[0].answer.status, 200);
  ASSERT_EQ(root.attempts[0].calls.size(), 2U);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const TracedSpan& call = traced.trace.span(root.attempts[0].calls[i]);
    EXPECT_EQ(call.occurrence, i);
    EXPECT_TRUE(call.decided);
    EXPECT_EQ(call.outcome.status, 200);
    ASSERT_EQ(call.attempts.size(), 1U);
    EXPECT_EQ(call.attempts[0].end, TracedAttempt::End::kAnswered);
    EXPECT_EQ(call.attempts[0].ended - call.attempts[0].begun, 10ms);
  }
  EXPECT_EQ(traced.fates.load(0).list[7].took, 20ms);
}

TEST(Trace, AttemptsByAWaypointAreThoseThatItMakes) {
  const Traced traced(
      "spec:\n  duration: 5s\n  workloads:\n    web: {}\n"
      "    app: {latency: 10ms, errors: {sequence: [503, 200]}}\n"
      "  load: [{name: users, from: web, to: http://app/, rate: 10/s, arrivals: constant}]\n"
      "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint}\n"
      "spec: {gatewayClassName: istio-waypoint}\n"
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: "
      "{istio.io/dataplane-mode: ambient, istio.io/use-waypoint: waypoint}}\n" +
          testing::virtual_service("app", "retries: {attempts: 1, retryOn: 5xx}"),
      {{.load = 0, .key = 0}});
  ASSERT_NE(traced.trace.root(0), kNone);
  const TracedSpan& root = traced.trace.span(traced.trace.root(0));
  EXPECT_TRUE(root.decided);
  ASSERT_EQ(root.attempts.size(), 2U);
  for (std::uint32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(traced.model->pods[root.attempts[i].pod].name, "app-0.default");
    EXPECT_EQ(root.attempts[i].answer.status, i == 0 ? 503 : 200);
    EXPECT_EQ(root.attempts[i].ended - root.attempts[i].begun, 10ms);
  }
}

TEST(Trace, AttemptsThatWereGivenUpAreSoBySide) {
  const Traced traced(testing::half_fails(testing::virtual_service(
                          "server", "timeout: 1ms, retries: {attempts: 0}")),
                      {{.load = 0, .key = 150}, {.load = 0, .key = 151}, {.load = 0, .key = 152}});
  std::uint32_t left = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const TracedSpan& root = traced.trace.span(traced.trace.root(i));
    const bool gave_up = root.attempts[0].end == TracedAttempt::End::kLeft;
    left += gave_up ? 1 : 0;
    EXPECT_EQ(root.outcome.flags.has(policies::ResponseFlag::kUT), gave_up);
    EXPECT_EQ(root.timeout, 1ms);
  }
  EXPECT_GT(left, 0U);
}

TEST(Trace, BeingTracedMovesNothing) {
  const Traced traced(kChain, {{.load = 0, .key = 3}});
  Diagnostics warnings;
  const auto plain = run(*traced.model, 1, warnings);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->events, traced.data.events);
}

}  // namespace
}  // namespace squall::sim
