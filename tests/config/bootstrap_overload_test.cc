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
      text_of({.bootstrap = monitors +
                            "reset_high_memory_stream, triggers: [{name: heap, threshold: {value: "
                            "0.9}}]}]}\n"}));
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(
      to_string(wrong.error().sorted()[0]).contains("reset_high_memory_stream is not supported"));
}

TEST(BootstrapOverload, ReadsWhichTimeoutsAreReduced) {
  const std::string action =
      "overload_manager: {resource_monitors: [{name: heap, typed_config: {\"@type\": "
      "t/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig, max_heap_size_bytes: "
      "1000}}], actions: [{name: envoy.overload_actions.reduce_timeouts, triggers: [{name: heap, "
      "threshold: {value: 1}}], typed_config: {\"@type\": "
      "t/envoy.config.overload.v3.ScaleTimersOverloadActionConfig, timer_scale_factors: [";
  const Bootstrap read = good(
      {.bootstrap = action + "{timer: HTTP_DOWNSTREAM_STREAM_IDLE, min_timeout: 2s}, {timer: "
                             "HTTP_DOWNSTREAM_CONNECTION_MAX, min_scale: {value: 10}}, {timer: "
                             "TRANSPORT_SOCKET_CONNECT, min_timeout: 1s}]}}]}\n"});
  const policies::ReducedTimeouts& reduced = read.epoch.listeners[0].reduced;
  EXPECT_TRUE(reduced.stream_idle.reduced && reduced.connection_duration.reduced);
  EXPECT_FALSE(reduced.connection_idle.reduced);
  EXPECT_EQ(reduced.stream_idle.least, 2s);
  EXPECT_DOUBLE_EQ(reduced.connection_duration.share, 0.1);
  const auto wrong = config::read(text_of(
      {.bootstrap = action + "{timer: HTTP_DOWNSTREAM_STREAM_FLUSH, min_timeout: 2s}]}}]}\n"}));
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(to_string(wrong.error().sorted()[0])
                  .contains("HTTP_DOWNSTREAM_STREAM_FLUSH is not supported"));
}

}  // namespace
}  // namespace squall::config
