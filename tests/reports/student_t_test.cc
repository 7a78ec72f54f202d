#include "reports/student_t.h"

#include <gtest/gtest.h>

#include <cmath>

namespace squall::reports {
namespace {

TEST(StudentT, IsTheTablesValue) {
  // Two-sided 95 %, as printed in tables.
  EXPECT_NEAR(student_t(0.025, 1), 12.706204736, 1e-6);
  EXPECT_NEAR(student_t(0.025, 4), 2.776445105, 1e-8);
  EXPECT_NEAR(student_t(0.025, 19), 2.093024054, 1e-8);
  EXPECT_NEAR(student_t(0.025, 120), 1.979930405, 1e-8);
  EXPECT_NEAR(student_t(0.0005, 9), 4.780912586, 1e-7);
}

TEST(StudentT, HasClosedFormsForOneAndTwoDegrees) {
  // Cauchy's: tan(pi (1/2 - p)), whose value at p = 1/4 is 1; with two: (1-2p) / sqrt(2 p (1-p)).
  EXPECT_NEAR(student_t(0.25, 1), 1, 1e-9);
  for (const double p : {0.25, 0.1, 0.01, 1e-5})
    EXPECT_NEAR(student_t(p, 2) * std::sqrt(2 * p * (1 - p)) / (1 - 2 * p), 1, 1e-8) << p;
}

TEST(StudentT, NearsTheNormal) {
  EXPECT_NEAR(student_t(0.025, 999'999), 1.959963985, 1e-5);
  EXPECT_NEAR(student_t(0.025, 1'000'000), 1.959963985, 1e-8);
}

}  // namespace
}  // namespace squall::reports
