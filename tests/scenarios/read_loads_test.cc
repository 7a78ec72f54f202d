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
  EXPECT_TRUE(load.outside());
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

TEST(ReadLoads, UsersMayComeOnce) {
  EXPECT_TRUE(load_of("from: app, users: 20, once: true").once);
  EXPECT_FALSE(load_of("from: app, users: 20").once);
  EXPECT_FALSE(load_of("from: app, rate: 1/s, once: false").once);
  EXPECT_EQ(wrong("from: app, rate: 1/s, once: true"),
            "error: spec.load[0].once: is for users; a rate that ends is one of steps: [{at: 10s, "
            "rate: 0/s}]\n");
}

TEST(ReadLoads, AHeaderMayTellTheKey) {
  const Load load =
      load_of("from: app, rate: 1/s, keys: {zipf: {s: 1.1, of: 1000000}, header: X-Key}");
  EXPECT_EQ(load.keys->of, 1000000U);
  EXPECT_EQ(load.keys->header, "x-key");
  EXPECT_EQ(wrong("from: app, rate: 1/s, keys: {zipf: {of: 1000001}, header: x-key}"),
            "error: spec.load[0].keys.zipf.of: expected an integer from 1 to 1000000, got "
            "1000001\n");
  EXPECT_EQ(wrong("from: app, rate: 1/s, keys: {header: x-key}"),
            "error: spec.load[0].keys: zipf is missing; write zipf: {s: 1.1, of: 1000}\n");
  EXPECT_EQ(wrong("from: app, rate: 1/s, keys: {zipf: {of: 2}, header: 'a b'}"),
            "error: spec.load[0].keys.header: no name of a header; header names have letters, "
            "digits and -\n");
  EXPECT_EQ(wrong("from: app, rate: 1/s, headers: {x-key: 1}, keys: {zipf: {of: 2}, header: "
                  "x-key}"),
            "error: spec.load[0].keys.header: x-key is one of the headers, too; leave it out "
            "there\n");
}

TEST(ReadLoads, UsersFromOutsideMayHoldConnections) {
  const Load usual = load_of("from: outside, users: 5, connections: {}");
  EXPECT_EQ(usual.connections->per_user, 1);
  EXPECT_EQ(usual.connections->timeout, 127s);
  EXPECT_FALSE(usual.connections->retry);
  const Load load = load_of(
      "from: outside, users: 5, connections: {per_user: 3, timeout: 5s, retry: {backoff: {base: "
      "1s, max: 60s, jitter: full}}}");
  EXPECT_EQ(load.connections->per_user, 3);
  EXPECT_EQ(load.connections->timeout, 5s);
  EXPECT_EQ(load.connections->retry->max, 60s);
  EXPECT_EQ(load.connections->retry->jitter, Backoff::Jitter::kFull);
  EXPECT_FALSE(load_of("from: outside, users: 5").connections);
}

TEST(ReadLoads, ConnectionsAreOfUsersWhoHaveNoSidecarAndNoClient) {
  EXPECT_EQ(wrong("from: outside, rate: 1/s, connections: {}"),
            "error: spec.load[0].connections: is for users; write users, who hold them\n");
  EXPECT_EQ(wrong("from: app, users: 1, connections: {}"),
            "error: \"connections of a workload's users\" cannot be simulated by this version of "
            "squall; write from: outside\n");
  EXPECT_EQ(wrong("from: outside, users: 1, connections: {}, client: {timeout: 1s}"),
            "error: \"a client beside connections\" cannot be simulated by this version of squall; "
            "leave one of the two out\n");
  EXPECT_EQ(wrong("from: outside, users: 200000, connections: {per_user: 51}"),
            "error: spec.load[0].connections: all users together would hold more than 10000000; "
            "take fewer users, or fewer of each\n");
  EXPECT_EQ(wrong("from: outside, rate: 1/s, keys: {zipf: {of: 9}, header: Host}"),
            "error: spec.load[0].keys.header: host is what `to` says; name a header of the "
            "application's own\n");
  EXPECT_EQ(wrong("from: outside, users: 1, connections: {per_user: 0, timeout: 0s, retry: {}}"),
            "error: spec.load[0].connections.per_user: expected an integer from 1 to 100, got 0\n"
            "error: spec.load[0].connections.timeout: expected a duration greater than 0s, got "
            "\"0s\"\n"
            "error: spec.load[0].connections.retry: backoff is missing; write backoff: {base: "
            "1s}\n");
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
  ASSERT_EQ(load.operations.size(), 1U);
  const LoadOperation& all = load.operations[0];
  EXPECT_EQ(all.name, "");
  EXPECT_EQ(all.method, "POST");
  ASSERT_EQ(all.headers.size(), 2U);
  EXPECT_EQ(all.headers[0].name, "x-team");
  EXPECT_EQ(all.headers[1].value, "5");
}

TEST(ReadLoads, WhatAnOperationOfAMixDoesNotSayIsItsLoads) {
  const Load load = load_of(
      "from: app, rate: 1/s, method: POST, headers: {x-team: sre, x-n: 5}, mix: [{name: buy, "
      "weight: 3}, {name: look, weight: 0.5, to: http://app/look, method: GET, headers: {X-N: "
      "7}}]");
  ASSERT_EQ(load.operations.size(), 2U);
  const LoadOperation &buy = load.operations[0], &look = load.operations[1];
  EXPECT_EQ(buy.name, "buy");
  EXPECT_EQ(buy.weight, 3);
  EXPECT_EQ(buy.to.path, "/");
  EXPECT_EQ(buy.method, "POST");
  ASSERT_EQ(buy.headers.size(), 2U);
  EXPECT_EQ(look.weight, 0.5);
  EXPECT_EQ(look.to.path, "/look");
  EXPECT_EQ(look.method, "GET");
  ASSERT_EQ(look.headers.size(), 2U);
  EXPECT_EQ(look.headers[0].value, "7");
  EXPECT_EQ(look.headers[1].name, "x-team");
}

TEST(ReadLoads, AMixMayHaveAllAddresses) {
  const Scenario s = good_spec(
      kApp +
      "  load: [{name: x, from: app, rate: 1/s, mix: [{name: a, weight: 1, to: http://app/a}]}]\n");
  EXPECT_EQ(s.loads.at(0).operations.at(0).to.path, "/a");
}

TEST(ReadLoads, OperationsHaveNamesOfTheirOwnAndWeights) {
  EXPECT_EQ(wrong("from: app, rate: 1/s, mix: []"),
            "error: spec.load[0].mix: expected at least one operation, got an empty list\n");
  EXPECT_EQ(wrong("from: app, rate: 1/s, mix: [{}]"),
            "error: spec.load[0].mix[0]: name is missing\n"
            "error: spec.load[0].mix[0]: weight is missing\n");
  EXPECT_EQ(wrong("from: app, rate: 1/s, mix: [{name: a, weight: 1}, {name: a, weight: 0}]"),
            "error: spec.load[0].mix[1].name: \"a\" is the name of another operation; give each "
            "operation its own name\n"
            "error: spec.load[0].mix[1].weight: expected a number greater than 0 and at most "
            "1000000000, got 0\n");
  EXPECT_EQ(
      wrong_spec(kApp + "  load: [{name: x, from: app, rate: 1/s, mix: [{name: a, weight: 1}]}]\n"),
      "error: spec.load[0].mix[0]: to is missing; write to: http://HOST[:PORT]/PATH\n");
}

}  // namespace
}  // namespace squall::scenarios
