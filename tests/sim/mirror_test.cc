// VirtualServices that mirror: copies load the workload that gets them, and nobody sees their
// answers.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::once;
using testing::RunText;
using testing::virtual_service;

RunText mirrored(const std::string& more) {
  return RunText("spec:\n  duration: 20s\n  workloads: {web: {}, app: {}, copy: {" + more + "}}\n" +
                 once("http://app/", "web") +
                 virtual_service("app", "mirror: {host: copy}, mirrorPercentage: {value: 100}"));
}

TEST(Mirror, ACopyLoadsItsWorkloadAndCountsAsNoRequest) {
  const RunText run = mirrored("latency: 1s");
  EXPECT_EQ(run.workload("copy").requests(), 1U);
  EXPECT_EQ(run.workload("app").requests(), 1U);
  EXPECT_EQ(run.load("load").requests(), 1U);
  EXPECT_EQ(run.load("load").latency_s().max(), 0);
  EXPECT_EQ(run.edge("web", "copy").mirrored(), 1U);
  EXPECT_EQ(run.edge("web", "copy").requests(), 0U);
  EXPECT_EQ(run.edge("web", "app").duplicates(), 0U);
}

TEST(Mirror, AFailingCopyIsNobodysFailure) {
  const RunText run = mirrored("errors: [{ratio: 100%, status: 503}]");
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_EQ(run.edge("web", "copy").mirrored(), 1U);
}

}  // namespace
}  // namespace squall::sim
