#include "sim/unrouted.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

/// A call to /buy, beside a VirtualService with these rules.
std::vector<std::string> causes(const std::string& rules) {
  const testing::RunText run(
      "spec:\n  duration: 2s\n  workloads: {web: {}, app: {}}\n"
      "  load: [{name: x, from: web, to: http://app/buy, rate: 100/s}]\n"
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: app}\nspec:\n  hosts: [app]\n  http:\n" +
      rules);
  return {run.report.causes().begin(), run.report.causes().end()};
}

TEST(Unrouted, NamesTheRulesThatWerePassedOver) {
  const auto told =
      causes("    - match: [{uri: {prefix: /v1}}]\n      route: [{destination: {host: app}}]\n");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].starts_with("no route of VirtualService default/app (")) << told[0];
  EXPECT_TRUE(told[0].ends_with(") takes GET app/buy: 404 NR")) << told[0];
}

TEST(Unrouted, SaysNothingWhereAllGoSomewhere) {
  EXPECT_TRUE(causes("    - route: [{destination: {host: app}}]\n").empty());
}

}  // namespace
}  // namespace squall::sim
