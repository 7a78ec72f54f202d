#include "scenarios/parameters.h"

#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

/// The seed of a scenario in which it is `expression`.
std::string seed_of(const std::string& parameters, const std::string& expression) {
  const Result<Scenario> s =
      read_spec("  parameters: {" + parameters + "}\n  seed: \"" + expression + "\"\n");
  return s ? std::to_string(s->seed) : lines_of(s.error());
}

TEST(Parameters, SumsFollowTheRulesOfArithmetic) {
  EXPECT_EQ(seed_of("n: 4", "${n}"), "4");
  EXPECT_EQ(seed_of("n: 4", "${ 2 + n * 3 - (n - 1) / 3 }"), "13");
  EXPECT_EQ(seed_of("n: 4", "1${n}2"), "142");
  EXPECT_EQ(seed_of("a: 10ms, b: 100/s", "${a * b}"), "1");
  EXPECT_EQ(seed_of("r: 5%", "${r * 100}"), "5");
}

TEST(Parameters, OneMayUseThoseBeforeIt) {
  EXPECT_EQ(seed_of("a: 3, b: \"${a * 2}\"", "${b + 1}"), "7");
  EXPECT_NE(seed_of("b: \"${a * 2}\", a: 3", "${b}").find("\"a\" is no parameter"),
            std::string::npos);
}

TEST(Parameters, UnitsAreKeptApart) {
  EXPECT_NE(seed_of("a: 10ms", "${a + 1}").find("cannot add a duration and a plain number"),
            std::string::npos);
  EXPECT_NE(seed_of("a: 10ms", "${a * a}").find("is neither a number nor a duration nor a rate"),
            std::string::npos);
}

TEST(Parameters, WhatCannotBeCalculatedIsAnError) {
  EXPECT_NE(seed_of("a: 1", "${a / 0}").find("divides by zero or is out of range"),
            std::string::npos);
  EXPECT_NE(seed_of("a: text", "${a + 1}").find("parameter \"a\" is no number: \"text\""),
            std::string::npos);
  EXPECT_NE(seed_of("a: 1", "${a").find("\"${\" is not closed; write \"${name}\""),
            std::string::npos);
  EXPECT_NE(
      seed_of("a b: 1", "1")
          .find("spec.parameters.a b: no name of a parameter; names have letters, digits and _"),
      std::string::npos);
}

TEST(Parameters, AValueDoesNotGrowWithoutEnd) {
  const std::string long_text(2000, 'x');
  EXPECT_NE(seed_of("a: " + long_text, "${a}${a}${a}").find("grows too long with its parameters"),
            std::string::npos);
}

TEST(Parameters, SetFindsTheLongestKeyAndItemsByIndexOrName) {
  const std::string spec =
      "  parameters: {n: 1}\n  workloads: {a: {}, a.b: {}}\n"
      "  load: [{name: x, from: outside, to: http://a/, rate: 1/s}]\n";
  const auto set = [&](const std::string& one) {
    return good_spec(spec, {.sets = {one}, .manifests = {}});
  };
  EXPECT_EQ(set("workloads.a.b.replicas=3").workloads[1].replicas, 3);
  EXPECT_EQ(set("workloads.a.replicas=3").workloads[0].replicas, 3);
  EXPECT_EQ(set("load.x.rate=5/s").loads[0].steps[0].per_s, 5);
  EXPECT_EQ(set("load.0.rate=5/s").loads[0].steps[0].per_s, 5);
  EXPECT_EQ(set("mesh={injection: false}").mesh.injection, false);
  EXPECT_EQ(set("faults=[{at: 1s, workload: a, hang: {}}]").faults.size(), 1U);
  EXPECT_EQ(set("changes=[{at: 1s, scale: {a: 2}}]").changes.size(), 1U);
  EXPECT_EQ(set("network={connect: {round_trips: 1}}").network.connect_round_trips, 1);
}

TEST(Parameters, SetIntoAListThatIsTooShortIsAnError) {
  const std::string spec = "  load: []\n";
  EXPECT_EQ(wrong_spec(spec, {.sets = {"load.3.rate=1/s"}, .manifests = {}}),
            "error: the scenario has no load.3.rate; lists go by index or by name: load.0.rate, "
            "load.shoppers.rate\n");
  EXPECT_EQ(wrong_spec(spec, {.sets = {"=1"}, .manifests = {}}),
            "error: has no value; write --set NAME=VALUE\n");
}

}  // namespace
}  // namespace squall::scenarios
