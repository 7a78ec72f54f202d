#include "policies/outlier_runtime.h"

#include <gtest/gtest.h>

#include "tests/policies/machine/plan.h"

namespace squall::policies {
namespace {

TEST(OutlierRuntime, ANumberOfTheRuntimeReplacesTheFieldsInEveryCluster) {
  Plan plan(1);
  plan.cluster().outlier.emplace();
  plan.cluster().health_checks.emplace_back();
  plan.runtime = {{"outlier_detection.consecutive_5xx", "3"},
                  {"outlier_detection.base_ejection_time_ms", "1500"},
                  {"outlier_detection.max_ejection_percent", "77"},
                  {"health_check.min_interval", "250"}};
  Epoch epoch = plan.epoch();
  epoch.index();
  const OutlierDetection& outlier = *epoch.clusters[0].outlier;
  EXPECT_EQ(outlier.consecutive_5xx, 3U);
  EXPECT_EQ(outlier.base_ejection_time, 1500ms);
  EXPECT_EQ(outlier.max_ejection_percent, 77U);
  EXPECT_EQ(outlier.interval, 10s);
  EXPECT_EQ(epoch.clusters[0].health_checks[0].min_interval, 250ms);
}

}  // namespace
}  // namespace squall::policies
