// Faults of VirtualServices in a run: the filter of the caller's sidecar.
#include <gtest/gtest.h>

#include "tests/sim/run_text.h"

namespace squall::testing {
namespace {

RunText with(const std::string& fault) {
  return RunText("spec:\n  duration: 10s\n  workloads: {client: {}, app: {}}\n" +
                 once("http://app/", "client") + virtual_service("app", "fault: {" + fault + "}"));
}

TEST(VirtualServiceFault, AnAbortNeverReachesTheService) {
  const RunText run = with("abort: {httpStatus: 503, percentage: {value: 100}}");
  EXPECT_EQ(run.warnings.all().size(), 0U) << all_of(run.warnings);
  EXPECT_EQ(run.edge("client", "app").flags().at("FI"), 1U);
  EXPECT_EQ(run.edge("client", "app").failed_flags().at("FI"), 1U);
  EXPECT_EQ(run.endpoint("app-0").requests(), 0U);
}

TEST(VirtualServiceFault, ADelayComesBeforeTheCall) {
  const RunText run = with("delay: {fixedDelay: 2s, percentage: {value: 100}}");
  EXPECT_EQ(run.edge("client", "app").flags().at("DI"), 1U);
  EXPECT_EQ(run.edge("client", "app").failed_flags_size(), 0);
  EXPECT_EQ(run.endpoint("app-0").requests(), 1U);
}

TEST(VirtualServiceFault, NoneOfNoneIsNone) {
  const RunText run = with("abort: {httpStatus: 503, percentage: {value: 0}}");
  EXPECT_EQ(run.edge("client", "app").flags().count("FI"), 0U);
  EXPECT_EQ(run.endpoint("app-0").requests(), 1U);
}

}  // namespace
}  // namespace squall::testing
