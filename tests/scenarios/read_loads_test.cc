#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

const std::string kApp = "  workloads: {app: {}, web.front: {}}\n";

Load load_of(const std::string& fields) {
  const Scenario s = good_spec(kApp + "  load: [{name: x, to: http://app/, " + fields + "}]\n");
  return s.loads.empty() ? Load{} : s.loads[0];
}

std::string wrong(const std::string& fields) {
  return wrong_spec(kApp + "  load: [{name: x, to: http://app/, " + fields + "}]\n");
}

TEST(ReadLoads, ARateIsOneStepFromTheStart) {
  const Load load = load_of("from: outside, rate: 90/m");
  EXPECT_TRUE(load.outside);
  EXPECT_EQ(load.kind, Load::Kind::kOpen);
  EXPECT_EQ(load.arrivals, Load::Arrivals::kPoisson);
  ASSERT_EQ(load.steps.size(), 1U);
  EXPECT_EQ(load.steps[0].at, 0s);
  EXPECT_EQ(load.steps[0].per_s, 1.5);
}

TEST(ReadLoads, StepsStandInOrderAndDoNotOverlap) {
  const Load load = load_of(
      "from: app, steps: [{at: 1s, rate: 1/s}, {at: 5s, rate: 4/s, ramp: 2s}, {at: 7s, rate: "
      "0/s}], "
      "arrivals: constant");
  ASSERT_EQ(load.steps.size(), 3U);
  EXPECT_EQ(load.steps[1].ramp, 2s);
  EXPECT_EQ(load.steps[2].per_s, 0);
  EXPECT_EQ(load.arrivals, Load::Arrivals::kConstant);
  EXPECT_EQ(wrong("from: app, steps: [{at: 5s, rate: 1/s}, {at: 5s, rate: 2/s}]"),
            "error: spec.load[0].steps[1].at: 5s is not after 5s; write the steps in order\n");
  EXPECT_EQ(
      wrong("from: app, steps: [{at: 5s, rate: 1/s, ramp: 3s}, {at: 7s, rate: 2/s}]"),
      "error: spec.load[0].steps[1].at: the ramp before lasts to 8s; begin the step after it\n");
}

TEST(ReadLoads, UsersMayThink) {
  const Load load = load_of("from: web.front, users: 20, think: 3s");
  EXPECT_EQ(load.kind, Load::Kind::kClosed);
  EXPECT_EQ(load.users, 20);
  EXPECT_EQ(load.think->sample(0), 3s);
  EXPECT_EQ(load.from.text(), "web.front");
  EXPECT_FALSE(load_of("from: web, users: 1").think);
}

TEST(ReadLoads, WhatIsForTheOtherKindOfLoadIsAnError) {
  EXPECT_EQ(wrong("from: app, rate: 1/s, think: 1s"),
            "error: spec.load[0].think: is for users; leave it out beside a rate\n");
  EXPECT_EQ(wrong("from: app, users: 1, arrivals: constant"),
            "error: spec.load[0].arrivals: is for a rate; leave it out beside users\n");
  EXPECT_EQ(wrong("from: app, users: 0"),
            "error: spec.load[0].users: expected an integer from 1 to 10000000, got 0\n");
}

TEST(ReadLoads, ARateHasALimit) {
  EXPECT_EQ(load_of("from: app, rate: 1000000000/s").steps[0].per_s, 1e9);
  EXPECT_EQ(
      wrong("from: app, rate: 1000000001/s"),
      "error: spec.load[0].rate: expected a rate of at most 1000000000/s, got \"1000000001/s\"\n");
}

TEST(ReadLoads, AnyTwoLoadsHaveDifferentNames) {
  EXPECT_EQ(
      wrong_spec(
          kApp +
          "  load: [{name: a, from: app, to: http://app/, rate: 1/s}, {name: b, from: app, to: "
          "http://app/, rate: 1/s}, {name: a, from: app, to: http://app/, rate: 1/s}]\n"),
      "error: spec.load[2].name: \"a\" is the name of another load; give each load its own name\n");
}

TEST(ReadLoads, ANameSteersNoTerminal) {
  EXPECT_EQ(
      wrong_spec(kApp + "  load: [{name: \"a\\e[31m\", from: app, to: http://app/, rate: 1/s}]\n"),
      "error: spec.load[0].name: a control character in a name; leave it out\n");
}

TEST(ReadLoads, MethodAndHeadersGoWithEveryRequest) {
  const Load load = load_of("from: app, rate: 1/s, method: POST, headers: {X-Team: sre, x-n: 5}");
  EXPECT_EQ(load.method, "POST");
  ASSERT_EQ(load.headers.size(), 2U);
  EXPECT_EQ(load.headers[0].name, "x-team");
  EXPECT_EQ(load.headers[1].value, "5");
}

}  // namespace
}  // namespace squall::scenarios
