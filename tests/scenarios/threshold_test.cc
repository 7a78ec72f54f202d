#include "scenarios/threshold.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace squall::scenarios {
namespace {

ThresholdSearch search(double least, double most, bool whole = false) {
  ThresholdSearch out;
  out.least = least;
  out.most = most;
  out.whole = whole;
  return out;
}

/// Asks until the end; the expectation holds from `from` on, or below it.
std::vector<double> ask(Bisection& bisection, double from, bool above = true) {
  std::vector<double> asked;
  while (const auto value = bisection.next()) {
    asked.push_back(*value);
    bisection.tell((*value >= from) == above);
  }
  return asked;
}

TEST(Threshold, BothEndsThenTheGeometricMiddle) {
  const ThresholdSearch wanted = search(1, 100);
  Bisection bisection(wanted);
  const std::vector<double> asked = ask(bisection, 20);
  ASSERT_GE(asked.size(), 4U);
  EXPECT_EQ(asked[0], 1);
  EXPECT_EQ(asked[1], 100);
  EXPECT_EQ(asked[2], 10);
  EXPECT_EQ(asked[3], 31.62);
  const auto found = bisection.found();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->holds_above);
  EXPECT_LT(found->below, 20);
  EXPECT_GE(found->above, 20);
  EXPECT_LE(found->above, found->below * 1.05);
  EXPECT_GT(found->value, found->below);
  EXPECT_LT(found->value, found->above);
}

TEST(Threshold, ItMayHoldBelow) {
  const ThresholdSearch wanted = search(0.5, 2);
  Bisection bisection(wanted);
  ask(bisection, 1.3, false);
  ASSERT_TRUE(bisection.found());
  EXPECT_FALSE(bisection.found()->holds_above);
  EXPECT_NEAR(bisection.found()->value, 1.3, 0.05);
}

TEST(Threshold, WholeNumbersEndAtNeighbours) {
  for (const double from : {2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0}) {
    const ThresholdSearch wanted = search(1, 9, true);
    Bisection bisection(wanted);
    for (const double value : ask(bisection, from)) EXPECT_EQ(value, std::floor(value));
    const auto found = bisection.found();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->below, from - 1);
    EXPECT_EQ(found->above, from);
    EXPECT_LE(found->lower(wanted), found->below);
    EXPECT_GE(found->upper(wanted), found->above);
    EXPECT_GE(found->lower(wanted), 1);
    EXPECT_EQ(found->lower(wanted), std::floor(found->value * 0.85));
    EXPECT_EQ(found->upper(wanted), std::ceil(found->value * 1.15));
  }
}

TEST(Threshold, PrecisionSaysWhenToStop) {
  std::size_t before = 0;
  for (const double precision : {0.1, 0.05, 0.01, 0.001}) {
    ThresholdSearch wanted = search(0.001, 1e9);
    wanted.precision = precision;
    Bisection bisection(wanted);
    const std::size_t asked = ask(bisection, 1234.5).size();
    EXPECT_GT(asked, before);
    EXPECT_LT(asked, 25U);
    before = asked;
    ASSERT_TRUE(bisection.found());
    EXPECT_NEAR(bisection.found()->value, 1234.5, 1234.5 * precision);
  }
}

TEST(Threshold, EndsThatAreAlikeEndTheSearch) {
  for (const bool holds : {false, true}) {
    const ThresholdSearch wanted = search(1, 10);
    Bisection bisection(wanted);
    EXPECT_FALSE(bisection.found());
    bisection.tell(holds);
    bisection.tell(holds);
    EXPECT_FALSE(bisection.next());
    EXPECT_FALSE(bisection.found());
    EXPECT_EQ(bisection.holds_everywhere(), holds);
  }
}

TEST(Threshold, SidesHaveFourDigits) {
  const ThresholdSearch wanted = search(1, 1000);
  const Threshold found{.value = 61.48, .below = 60, .above = 63, .holds_above = true};
  EXPECT_EQ(found.lower(wanted), 52.26);
  EXPECT_EQ(found.upper(wanted), 70.7);
}

TEST(Threshold, ValuesAreWrittenWithTheirUnit) {
  ThresholdSearch wanted = search(1, 2);
  EXPECT_EQ(wanted.text(1e9), "1000000000");
  wanted.unit = "/s";
  EXPECT_EQ(wanted.text(52.26), "52.26/s");
  wanted.unit = "%";
  EXPECT_EQ(wanted.text(0.00085), "0.00085%");
}

}  // namespace
}  // namespace squall::scenarios
