#include "decisions/replay.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "decisions/log_format.h"
#include "tests/decisions/session.h"

namespace squall::decisions {
namespace {

TEST(Replay, TheSameEventsGiveTheSameCommands) {
  const Session session(log_file());
  const Result<Replayed> result = replayed(session.bytes());
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->difference.has_value()) << result->difference->event;
  EXPECT_EQ(result->decisions, session.written());
  EXPECT_GT(result->decisions, 200U * 6);
  EXPECT_GT(result->commands, result->decisions);
  EXPECT_EQ(result->machines, 1U);
  EXPECT_EQ(result->ended, LogEnd::kNone);
}

TEST(Replay, NamesTheFirstDecisionThatDiffers) {
  const Session session(log_file());
  policies::Plan other = plan_of_test();
  other.forward.retry->num_retries = 0;
  const Result<Replayed> result = replayed(session.bytes(), other);
  ASSERT_TRUE(result.has_value());
  ASSERT_TRUE(result->difference.has_value());
  const Difference& difference = *result->difference;
  EXPECT_EQ(difference.number, result->decisions);
  EXPECT_EQ(difference.machine, 0U);
  EXPECT_TRUE(difference.event.contains("response of attempt")) << difference.event;
  EXPECT_TRUE(difference.logged.contains("arm the idle timeout of connection"))
      << difference.logged;
  EXPECT_TRUE(difference.now.contains("answer request")) << difference.now;
  EXPECT_EQ(difference.request, "GET shop/p?q=1, x-request-id 17, from 10.0.0.9:4711");
  EXPECT_EQ(difference.received, difference.at);  // all of it happens at one instant
  EXPECT_TRUE(difference.upstream.starts_with("cluster backend, host ")) << difference.upstream;
}

TEST(Replay, HowARequestEndsIsCompared) {
  const Session session(log_file(), 1);
  std::string bytes = session.bytes();
  // The end's words: of the third one, a varint, status 200 is the lowest bits.
  const std::size_t at = bytes.rfind("\xc8\x81\x84");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = '\xc9';
  const Result<Replayed> result = replayed(bytes);
  ASSERT_TRUE(result.has_value() && result->difference.has_value());
  EXPECT_TRUE(result->difference->logged.contains("end request 0: status 201"))
      << result->difference->logged;
  EXPECT_TRUE(result->difference->now.contains("status 200, attempts 1, via_upstream, flags -"))
      << result->difference->now;
}

/// The log has no end of a turn at which nothing was to be decided then.
TEST(Replay, WhatAnotherConfigurationDecidesAtTheEndOfATurnIsADifference) {
  const Session session(log_file());
  policies::Plan plan = plan_of_test();
  plan.cluster().outlier = policies::detection_of(1);
  const Result<Replayed> result = replayed(session.bytes(), plan);
  ASSERT_TRUE(result.has_value() && result->difference.has_value());
  EXPECT_EQ(result->difference->now, "the turn before it ends with a decision");
  EXPECT_LT(result->difference->number, 40U);  // the first failure, not an ejection of then
}

/// What a host says of its connection may be all that happens in a turn.
TEST(Replay, ATurnMayBeginWithSettingsOrWithAGoaway) {
  using namespace std::chrono_literals;
  policies::Plan plan;
  plan.cluster().protocol = policies::Protocol::kHttp2;
  plan.limits().max_connections = 1;
  const policies::Configuration configuration(plan.epoch(), kUnixSeconds);
  const std::string path = log_file();
  Start start;
  start.add_bootstraps()->set_unix_seconds_at_zero(kUnixSeconds);
  auto log = *LogWriter::open(path, start, {});
  {
    RecordedWorker worker(configuration, 1, Instant{}, {.log = log.get()});
    RecordedControl control(configuration, 2, Instant{}, {.log = log.get()});
    Instant now{};
    const auto turn = [&](const auto& event) {
      now += 10ms;
      event();
      while (worker.has_command()) (void)worker.next_command();
      if (worker.wants_turn_end()) worker.on_turn_end(now);
      while (worker.has_command()) (void)worker.next_command();
    };
    policies::RequestHead head;
    head.authority = "shop";
    const auto ask = [&] { worker.on_request(0, head, 1, true, now); };
    turn(ask);
    turn([&] { worker.on_connected(worker.connection_id(0), now); });
    turn([&] { worker.on_settings(worker.connection_id(0), 1, now); });
    turn(ask);  // it waits
    EXPECT_EQ(worker.cluster(0)->gauges[0].pending, 1U);
    turn([&] { worker.on_settings(worker.connection_id(0), 2, now); });
    EXPECT_EQ(worker.cluster(0)->gauges[0].pending, 0U);
    turn(ask);
    turn([&] { worker.on_goaway(worker.connection_id(0), now); });
  }
  log.reset();
  std::ifstream file(path, std::ios::binary);
  const Result<Replayed> result =
      replayed(std::string(std::istreambuf_iterator<char>(file), {}), plan);
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->difference.has_value()) << result->difference->now;
}

TEST(Replay, ALogThatIsCutEndsWhereItIsCut) {
  const Session session(log_file());
  constexpr std::size_t kLast = 4;  // bytes of the message that ends a log
  for (const auto& [left_out, decisions] :
       {std::pair{std::size_t{0}, 0U}, {std::size_t{3}, 0U}, {kLast, 0U}, {kLast + 3, 1U}}) {
    const std::string bytes = session.bytes();
    const Result<Replayed> result = replayed(bytes.substr(0, bytes.size() - left_out));
    ASSERT_TRUE(result.has_value());
    EXPECT_FALSE(result->difference.has_value());
    EXPECT_EQ(result->decisions, session.written() - decisions);
    EXPECT_EQ(result->closed, left_out == 0);
  }
}

TEST(Replay, ChangedBytesEndInAnErrorOrADifferenceAndNoCrash) {
  const Session session(log_file(), 12);
  const std::string bytes = session.bytes();
  int noticed = 0;
  for (std::size_t at = kMagic.size(); at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    const Result<Replayed> result = replayed(changed);
    noticed += !result || result->difference || result->decisions != session.written();
  }
  // What is not noticed: names, values and instants that decide nothing.
  EXPECT_GT(noticed, static_cast<int>(bytes.size() / 2));
}

}  // namespace
}  // namespace squall::decisions
