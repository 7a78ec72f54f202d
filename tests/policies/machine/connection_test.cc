// Connections: their ends, their drains, and HTTP/2's streams.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

const std::string kTerminated =
    "503 UC upstream_reset_before_response_started{connection_termination}";

Plan http2(std::uint32_t streams, std::uint32_t connections = 1024) {
  Plan plan;
  plan.cluster().protocol = Protocol::kHttp2;
  plan.cluster().max_concurrent_streams = streams;
  plan.limits().max_connections = connections;
  return plan;
}

void settings(Shell& shell, std::uint32_t connection, std::uint32_t streams) {
  shell.event([&] { shell.worker.on_settings(shell.worker.connection_id(connection), streams); });
}
void goaway(Shell& shell, std::uint32_t connection) {
  shell.event([&] { shell.worker.on_goaway(shell.worker.connection_id(connection)); });
}
void drain(Shell& shell, std::uint32_t host) {
  shell.event([&] { shell.worker.on_host_drain(host, shell.now); });
}

TEST(Connection, OneThatDoesNotComeInTimeFailsItsQueue) {
  Plan plan;
  plan.cluster().connect_timeout = 250ms;
  Shell shell(plan);
  shell.request();
  shell.take();
  shell.pass(249ms);
  EXPECT_EQ(shell.take(), Lines{});
  shell.pass(1ms);
  const std::string why = "503 UF upstream_reset_before_response_started{connection_timeout}";
  EXPECT_EQ(shell.take(),
            (Lines{"close c0", "answer r0 " + why, "cancel global r0", "log r0 " + why}));
  EXPECT_EQ(shell.stat(Stat::kCxConnectTimeout), 1U);
  EXPECT_EQ(shell.stat(Stat::kCxConnectFail), 1U);
}

TEST(Connection, AnIdleOneClosesAfterItsTime) {
  Plan plan;
  plan.cluster().idle_timeout = 10s;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.respond(0);
  shell.pass(4s);
  shell.request();
  shell.respond(0);
  shell.take();
  shell.pass(9999ms);  // the timer of the first idle time looks again
  EXPECT_EQ(shell.take(), (Lines{"arm idle c0 +4000"}));
  shell.pass(1ms);
  EXPECT_EQ(shell.take(), (Lines{"close c0"}));
  EXPECT_EQ(shell.stat(Stat::kCxIdleTimeout), 1U);
}

TEST(Connection, AMaximumDurationDrainsIt) {
  Plan plan;
  plan.cluster().max_connection_duration = 1s;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.take();
  shell.pass(1s);
  EXPECT_EQ(shell.take(), Lines{});
  shell.respond(0);
  EXPECT_EQ(shell.take()[1], "close c0");
}

TEST(Connection, TheEndOfABusyOneEndsItsRequest) {
  Shell shell{Plan()};
  shell.request();
  shell.connect(0);
  shell.take();
  shell.close(0);
  EXPECT_EQ(shell.take(),
            (Lines{"answer r0 " + kTerminated, "cancel global r0", "log r0 " + kTerminated}));
}

TEST(Connection, TheEndOfABusyOneOpensAnotherForTheQueue) {
  Plan plan;
  plan.limits().max_connections = 1;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.request();
  shell.take();
  shell.close(0);
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, "open c1 h0"), lines.end());
  shell.connect(1);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c1", "start a1 c1 end"}));
}

TEST(Connection, TheEndOfAnIdleOneIsNoNews) {
  Shell shell{Plan()};
  shell.request();
  shell.connect(0);
  shell.respond(0);
  shell.take();
  shell.close(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel idle c0"}));
  EXPECT_EQ(shell.gauges().connections, 0U);
}

TEST(Connection, ADrainedHostKeepsOnlyWhatIsUnderWay) {
  Plan plan;
  plan.forward.timeout = 1s;
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  shell.connect(0);
  shell.connect(1);
  shell.respond(0);
  shell.take();
  drain(shell, 0);  // c0 idle, c1 busy, c2 on its way for a queued stream
  EXPECT_EQ(shell.take(), (Lines{"close c0", "cancel idle c0"}));
  EXPECT_EQ(shell.gauges().connections, 2U);
  shell.respond(1);
  EXPECT_EQ(shell.take()[1], "close c1");
  shell.pass(1s);
  drain(shell, 0);  // nobody waits for c2 any more
  EXPECT_EQ(shell.gauges().connections, 0U);
}

TEST(Http2, StreamsShareAConnectionUpToItsLimit) {
  Shell shell(http2(2));
  for (int i = 0; i < 3; ++i) shell.request();
  EXPECT_EQ(shell.gauges().connections, 2U);
  shell.take();
  shell.connect(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "start a0 c0 end", "start a1 c0 end"}));
  shell.connect(1);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c1", "start a2 c1 end"}));
}

TEST(Http2, AStreamsEndServesTheQueueAtOnce) {
  Shell shell(http2(1, 1));
  shell.request();
  shell.request();
  shell.connect(0);
  shell.take();
  shell.respond(0);
  EXPECT_EQ(shell.take()[1], "arm idle c0 +3600000");
  EXPECT_EQ(shell.worker.attempt(1).connection, 0U);
  EXPECT_FALSE(shell.worker.wants_turn_end());
}

TEST(Http2, AResetStreamLeavesItsConnection) {
  Shell shell(http2(4));
  shell.request();
  shell.request();
  shell.connect(0);
  shell.take();
  shell.reset(1, ResetReason::kRemoteRefusedStream);
  const std::string why =
      "503 UR upstream_reset_before_response_started{remote_refused_stream_reset}";
  EXPECT_EQ(shell.take(), (Lines{"answer r1 " + why, "cancel global r1", "log r1 " + why}));
  shell.leave(0);
  EXPECT_EQ(shell.take()[0], "reset a0");
  EXPECT_EQ(shell.gauges().connections, 1U);
}

TEST(Http2, SettingsLowerWhatAConnectionOnItsWayWillTake) {
  Shell shell(http2(100));
  shell.request();
  settings(shell, 0, 1);
  shell.request();
  EXPECT_EQ(shell.gauges().connections, 2U);
}

TEST(Http2, SettingsMayCloseAConnectionToNewStreamsAndOpenItAgain) {
  Shell shell(http2(3));
  shell.request();
  shell.request();
  shell.connect(0);
  settings(shell, 0, 1);
  shell.respond(0);  // one stream, as many as it may have
  shell.end_turn();
  shell.request();
  EXPECT_EQ(shell.gauges().connections, 2U);
  settings(shell, 0, 1000);
  shell.end_turn();
  shell.request();
  shell.request();
  EXPECT_EQ(shell.worker.connection(0).streams, 3U);  // as many as are configured
  EXPECT_EQ(shell.gauges().connections, 2U);
}

TEST(Http2, GoawayEndsAConnectionWithItsLastStream) {
  Shell shell(http2(8));
  shell.request();
  shell.connect(0);
  goaway(shell, 0);
  shell.take();
  shell.request();
  EXPECT_EQ(shell.take()[0], "open c1 h0");
  shell.respond(0);
  EXPECT_EQ(shell.take(),
            (Lines{"head r0 a0 end", "close c0", "cancel global r0", "log r0 200 - via_upstream"}));
  shell.connect(1);
  shell.respond(1);
  shell.take();
  goaway(shell, 1);
  EXPECT_EQ(shell.take(), (Lines{"close c1", "cancel idle c1"}));
}

TEST(Http2, ADrainedConnectionIsReplacedWhenItLeavesAQueue) {
  Shell shell(http2(8, 1));
  shell.request();
  shell.connect(0);
  shell.respond(0);
  settings(shell, 0, 0);
  shell.request();  // waits: there is no room, and no second connection
  shell.take();
  goaway(shell, 0);
  shell.end_turn();
  EXPECT_EQ(shell.take(),
            (Lines{"close c0", "cancel idle c0", "open c0 h0", "arm connect c0 +5000"}));
}

TEST(Http2, AConnectionsEndEndsAllOfItsStreams) {
  Shell shell(http2(8));
  for (int i = 0; i < 3; ++i) shell.request();
  shell.connect(0);
  shell.take();
  shell.close(0);
  const Lines lines = shell.take();
  EXPECT_EQ(lines.front(), "answer r2 " + kTerminated);  // newest first
  EXPECT_EQ(lines.size(), 9U);
  EXPECT_EQ(shell.gauges().requests, 0U);
}

TEST(Connection, ATimerThatIsNotArmedIsStale) {
  Shell shell{Plan()};
  shell.request();
  shell.connect(0);
  shell.take();
  std::uint64_t stale = 0;
  for (const TimerKind kind :
       {TimerKind::kConnect, TimerKind::kConnectionIdle, TimerKind::kConnectionMax,
        TimerKind::kPerTry, TimerKind::kBackoff, TimerKind::kSweep}) {
    shell.event([&] { shell.worker.on_timer(kind, 0, shell.now); });
    EXPECT_EQ(shell.worker.stale_events(), ++stale) << static_cast<int>(kind);
  }
  EXPECT_EQ(shell.take(), Lines{});
}

}  // namespace
}  // namespace squall::policies
