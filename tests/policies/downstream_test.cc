#include "policies/downstream.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/policies/machine/lines.h"
#include "tests/policies/machine/timers.h"

namespace squall::policies {
namespace {

/// A connection whose timers fire as time passes.
struct Line {
  explicit Line(Listener of) : listener(std::move(of)) {
    event([&](CommandList& out) { machine.on_open(listener, 0, now, out); });
  }
  void first_byte() {
    event([&](CommandList& out) { machine.on_first_byte(now, out); });
  }
  void request(bool http2 = false) {
    event([&](CommandList& out) { machine.on_request(http2, now, out); });
  }
  void end() {
    event([&](CommandList& out) { machine.on_request_end(now, out); });
  }
  void pass(Duration time) {
    const Instant until = now + time;
    while (const auto timer = timers.take(until)) {
      now = timer->deadline;
      event([&](CommandList& out) { machine.on_timer(timer->kind, now, out); });
    }
    now = until;
  }
  Lines take() { return std::exchange(said, {}); }

  template <class Event>
  void event(const Event& bring) {
    CommandList out;
    bring(out);
    while (!out.empty()) {
      const Command c = out.pop();
      if (c.kind() == CommandKind::kArm) {
        timers.arm(c);
      } else if (c.kind() == CommandKind::kCancel) {
        EXPECT_TRUE(timers.cancel(c));
      } else if (c.kind() == CommandKind::kRefuseClient) {
        said.push_back("refuse " + std::string(details_text(static_cast<Details>(c.number()),
                                                            ResetReason::kNone)));
      } else {
        said.push_back(std::string(c.kind() == CommandKind::kGoAway ? "go away" : "close") +
                       (c.end() ? " now" : ""));
      }
    }
  }

  Listener listener;
  Downstream machine;
  Timers timers;
  Instant now{};
  Lines said;
};

Listener brief() {
  Listener listener;
  listener.idle_timeout = 150ms;
  listener.drain_timeout = 100ms;
  return listener;
}

TEST(Downstream, AnIdleConnectionDrainsAndCloses) {
  Line line(brief());
  line.request();
  line.pass(10s);  // under way: not idle
  line.end();
  line.pass(149ms);
  EXPECT_FALSE(line.machine.closes());
  line.pass(1ms);
  EXPECT_TRUE(line.machine.closes());
  EXPECT_EQ(line.take(), Lines{});
  line.pass(100ms);
  EXPECT_EQ(line.take(), Lines{"close"});
}

TEST(Downstream, OneThatNeverSaidAnythingClosesAtOnce) {
  Line line(brief());
  line.pass(150ms);
  EXPECT_EQ(line.take(), Lines{"close now"});
}

TEST(Downstream, OnHttp2ADrainIsANoticeAndThenTheLastWord) {
  Line line(brief());
  line.request(true);
  line.end();
  line.pass(150ms);
  EXPECT_EQ(line.take(), Lines{"go away"});
  line.request(true);
  line.pass(100ms);
  EXPECT_EQ(line.take(), Lines{"go away now"});
  line.end();
  EXPECT_EQ(line.take(), Lines{"close"});
}

TEST(Downstream, ItsLastRequestClosesAnHttp1ConnectionAndDrainsAnHttp2One) {
  Listener listener = brief();
  listener.max_requests_per_connection = 2;
  Line line(listener);
  line.request();
  EXPECT_FALSE(line.machine.closes());
  line.end();
  line.request();
  EXPECT_TRUE(line.machine.closes());
  line.end();
  EXPECT_EQ(line.take(), Lines{"close"});
  Line other(listener);
  other.request(true);
  other.request(true);
  EXPECT_EQ(other.take(), Lines{"go away"});
}

TEST(Downstream, AnOldConnectionDrains) {
  Listener listener = brief();
  listener.max_connection_duration = 1s;
  Line line(listener);
  line.request();
  line.pass(1s);
  EXPECT_TRUE(line.machine.closes());
  line.pass(100ms);
  EXPECT_EQ(line.take(), Lines{});  // the request is still under way
  line.end();
  EXPECT_EQ(line.take(), Lines{"close"});
}

TEST(Downstream, AHeadMayTakeAsLongAsTheFirstOfItsLimits) {
  struct Row {
    Duration headers, request, idle, most;
    std::string details;
  };
  const std::vector<Row> rows = {{1s, 2s, 3s, 4s, "request_header_timeout"},
                                 {0s, 2s, 3s, 4s, "request_overall_timeout"},
                                 {5s, 4s, 3s, 4s, "stream_idle_timeout"},
                                 {5s, 4s, 3s, 2s, "max_duration_timeout"}};
  for (const Row& row : rows) {
    Listener listener;
    listener.request_headers_timeout = row.headers;
    listener.request_timeout = row.request;
    listener.stream_idle_timeout = row.idle;
    listener.max_stream_duration = row.most;
    Line line(listener);
    line.first_byte();
    line.pass(500ms);
    line.first_byte();  // more of it begins nothing anew
    line.pass(5s);
    EXPECT_EQ(line.take(), Lines{"refuse " + row.details});
  }
}

TEST(Downstream, AHeadThatCameInTimeIsTheWorkersMatterAndBeganWithItsFirstByte) {
  Listener listener;
  listener.request_headers_timeout = 1s;
  Line line(listener);
  line.first_byte();
  line.pass(900ms);
  line.request();
  EXPECT_EQ(line.machine.began(), Instant{});
  line.pass(10s);
  EXPECT_EQ(line.take(), Lines{});
}

TEST(Downstream, AClosedConnectionLeavesNoTimerBehind) {
  Listener listener = brief();
  listener.max_connection_duration = 1h;
  listener.request_headers_timeout = 1s;
  Line line(listener);
  line.request();
  line.end();
  line.pass(200ms);
  line.first_byte();
  line.event([&](CommandList& out) { line.machine.on_closed(out); });
  EXPECT_TRUE(line.timers.armed().empty());
}

TEST(Downstream, OfTwoEqualLimitsOnAHeadTheNarrowerIsNamed) {
  Listener listener = brief();
  listener.request_headers_timeout = listener.request_timeout = 50ms;
  listener.stream_idle_timeout = 60ms;
  Line line(listener);
  line.first_byte();
  line.pass(50ms);
  EXPECT_EQ(line.take(), Lines{"refuse request_header_timeout"});
}

TEST(Downstream, AnOverloadedProxyIsLessPatient) {
  Listener listener = brief();
  listener.max_connection_duration = 10s;
  listener.reduced.connection_idle = {.reduced = true, .least = 50ms};
  listener.reduced.connection_duration = {.reduced = true, .share = 0.5};
  Line line(listener);
  line.request();
  line.end();
  line.event([&](CommandList& out) { line.machine.on_reduced_timeouts(1, line.now, out); });
  line.pass(49ms);
  EXPECT_FALSE(line.machine.closes());
  line.pass(1ms);
  EXPECT_TRUE(line.machine.closes());
  Line old(listener);
  old.request();
  old.pass(6s);
  EXPECT_FALSE(old.machine.closes());
  old.event([&](CommandList& out) { old.machine.on_reduced_timeouts(1, old.now, out); });
  old.pass(0ms);
  EXPECT_TRUE(old.machine.closes());
}

}  // namespace
}  // namespace squall::policies
