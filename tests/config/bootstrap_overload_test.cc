#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using namespace std::chrono_literals;

TEST(BootstrapOverload, ReadsAnOverloadManager) {
  const std::string monitors =
      "overload_manager: {refresh_interval: 0.05s, resource_monitors: [{name: heap, typed_config: "
      "{\"@type\": t/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig, "
      "max_heap_size_bytes: 1000}}], actions: [{name: envoy.overload_actions.";
  const Bootstrap read =
      good({.bootstrap = monitors + "stop_accepting_requests, triggers: [{name: heap, scaled: "
                                    "{scaling_threshold: 0.5, saturation_threshold: 0.9}}]}]}\n"});
  ASSERT_TRUE(read.overload);
  EXPECT_EQ(read.overload->refresh_interval, 50ms);
  EXPECT_EQ(read.overload->resources[0].max_heap_bytes, 1000U);
  EXPECT_TRUE(read.overload->actions[0].triggers[0].scaled);
  const Bootstrap closed =
      good({.bootstrap = monitors + "reject_incoming_connections, triggers: [{name: heap, "
                                    "threshold: {value: 0.9}}]}]}\n"});
  EXPECT_EQ(closed.overload->actions[0].kind,
            policies::OverloadAction::Kind::kRejectIncomingConnections);
  const auto wrong = config::read(
      text_of({.bootstrap = monitors + "reduce_timeouts, triggers: [{name: cpu, threshold: {value: "
                                       "0.9}}]}]}\n"}));
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(to_string(wrong.error().sorted()[0]).contains("reduce_timeouts is not supported"));
}

}  // namespace
}  // namespace squall::config
