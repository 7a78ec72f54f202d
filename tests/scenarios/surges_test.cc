#include "scenarios/surges.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;

Load load(std::vector<RateStep> steps) {
  Load out;
  out.name = "x";
  out.steps = std::move(steps);
  return out;
}

Fault surge(double factor, Duration at, std::optional<Duration> lasts = {}, Duration ramp = {},
            const std::string& of = "x") {
  Fault fault;
  fault.kind = Fault::Kind::kSurge;
  fault.load = of;
  fault.at = at;
  fault.lasts = lasts;
  fault.ramp = ramp;
  fault.factor = factor;
  return fault;
}

/// "at 10 s 100/s; at 20 s 300/s over 5 s; ".
std::string text(const Load& load, const std::vector<Fault>& faults) {
  const auto steps = surged(load, faults);
  if (!steps) return "ramps meet";
  std::string out;
  for (const RateStep& step : *steps) {
    out += fmt::format("{} {:g}", to_string(step.at), step.per_s);
    if (step.ramp > Duration{}) out += fmt::format(" over {}", to_string(step.ramp));
    out += "; ";
  }
  return out;
}

TEST(Surges, WithoutOneTheStepsAreThoseOfTheLoad) {
  const Load one = load({{0s, 100, 10s}, {50s, 20, 0s}});
  EXPECT_EQ(text(one, {}), "0s 100 over 10s; 50s 20; ");
  EXPECT_EQ(text(one, {surge(3, 20s, 10s, 0s, "another")}), "0s 100 over 10s; 50s 20; ");
}

TEST(Surges, ASurgeMultipliesWhileItLasts) {
  EXPECT_EQ(text(load({{0s, 100, 0s}}), {surge(3, 20s, 10s)}), "0s 100; 20s 300; 30s 100; ");
  EXPECT_EQ(text(load({{0s, 100, 0s}}), {surge(0, 20s)}), "0s 100; 20s 0; ");
  EXPECT_EQ(text(load({{0s, 100, 0s}, {25s, 40, 0s}}), {surge(3, 20s, 10s)}),
            "0s 100; 20s 300; 25s 120; 30s 40; ");
  EXPECT_EQ(text(load({{0s, 100, 0s}}), {surge(3, 20s, 20s), surge(2, 30s, 20s)}),
            "0s 100; 20s 300; 30s 600; 40s 200; 50s 100; ");
}

TEST(Surges, RampsAreStraight) {
  EXPECT_EQ(text(load({{0s, 100, 0s}}), {surge(3, 20s, 20s, 10s)}),
            "0s 100; 20s 100; 20s 300 over 10s; 30s 300; 40s 100; ");
  // The load's own ramp, from 0 at 10 s to 100 at 30 s, in the middle of which it surges.
  EXPECT_EQ(text(load({{10s, 100, 20s}}), {surge(2, 20s, 5s)}),
            "10s 0; 10s 50 over 10s; 20s 100; 20s 150 over 5s; 25s 75; 25s 100 over 5s; 30s 100; ");
  EXPECT_EQ(text(load({{10s, 100, 20s}}), {surge(2, 20s, 5s, 1s)}), "ramps meet");
  EXPECT_EQ(text(load({{0s, 100, 0s}}), {surge(2, 20s, 5s, 2s), surge(3, 21s, 5s, 2s)}),
            "ramps meet");
}

}  // namespace
}  // namespace squall::scenarios
