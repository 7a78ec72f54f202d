#include "sim/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

namespace squall::sim {
namespace {

/// Writes down what comes, and does what a test wants at each.
struct Recorder {
  explicit Recorder(Engine& e) : engine(e) {}
  void on_event(const Event& event) {
    log.push_back(std::to_string(to_ns(engine.now())) + ":" + std::to_string(event.kind));
    if (then) then(event);
  }
  void on_turn_end(std::uint32_t who) {
    log.push_back(std::to_string(to_ns(engine.now())) + ":end " + std::to_string(who));
    if (at_end) at_end(who);
  }
  Engine& engine;
  std::vector<std::string> log;
  std::function<void(const Event&)> then;
  std::function<void(std::uint32_t)> at_end;
};
using Log = std::vector<std::string>;

TEST(Engine, AtOneInstantIoThenTurnEndsThenOneWorldEventThenOneTimer) {
  Engine engine;
  Recorder recorder(engine);
  engine.arm(at_ns(5), {30});
  engine.arm(at_ns(5), {31});
  engine.schedule(at_ns(5), {20});
  engine.schedule(at_ns(5), {21});
  recorder.then = [&](const Event& event) {
    if (event.kind >= 20) {  // each brings I/O with it, and a turn's end
      engine.post({static_cast<std::uint8_t>(event.kind % 20 + 1)});
      engine.post({static_cast<std::uint8_t>(event.kind % 20 + 2)});
      engine.request_turn_end(event.kind);
      engine.request_turn_end(event.kind);
    }
  };
  recorder.at_end = [&](std::uint32_t who) {
    if (who == 20) engine.post({9});
  };
  EXPECT_EQ(engine.run(recorder, kNever), Engine::Stop::kIdle);
  EXPECT_EQ(recorder.log,
            (Log{"5:20", "5:1", "5:2", "5:end 20", "5:9", "5:21", "5:2", "5:3", "5:end 21", "5:30",
                 "5:11", "5:12", "5:end 30", "5:31", "5:12", "5:13", "5:end 31"}));
  EXPECT_EQ(engine.events(), 13U);
}

TEST(Engine, IoThatATurnsEndPostsComesBeforeTheNextTurnsEnd) {
  Engine engine;
  Recorder recorder(engine);
  engine.post({1});
  engine.request_turn_end(7);
  engine.request_turn_end(3);
  recorder.at_end = [&](std::uint32_t who) {
    if (who == 7) engine.post({2});
  };
  recorder.then = [&](const Event& event) {
    if (event.kind == 2 && recorder.log.size() < 4) engine.request_turn_end(7);  // one more
  };
  engine.run(recorder, kNever);
  EXPECT_EQ(recorder.log, (Log{"0:1", "0:end 7", "0:2", "0:end 3", "0:end 7", "0:2"}));
}

TEST(Engine, AWorldEventOfThisInstantComesBeforeItsTimersHoweverLateItIsScheduled) {
  Engine engine;
  Recorder recorder(engine);
  engine.arm(at_ns(3), {30});
  engine.arm(at_ns(3), {31});
  recorder.then = [&](const Event& event) {
    if (event.kind == 30) engine.schedule(engine.now(), {20});
  };
  engine.run(recorder, kNever);
  EXPECT_EQ(recorder.log, (Log{"3:30", "3:20", "3:31"}));
}

TEST(Engine, ATimerOfZeroFiresAfterEverythingElseOfTheInstant) {
  Engine engine;
  Recorder recorder(engine);
  engine.schedule(at_ns(1), {20});
  engine.schedule(at_ns(1), {21});
  recorder.then = [&](const Event& event) {
    if (event.kind != 20) return;
    engine.arm(engine.now(), {30});
    engine.post({1});
  };
  engine.run(recorder, kNever);
  EXPECT_EQ(recorder.log, (Log{"1:20", "1:1", "1:21", "1:30"}));
}

TEST(Engine, AnAnswerBeatsTheTimeoutOfTheSameInstant) {
  Engine engine;
  Recorder recorder(engine);
  const TimerHandle timeout = engine.arm(at_ns(3'000'000'000), {30});
  engine.schedule(at_ns(3'000'000'000), {20});
  recorder.then = [&](const Event&) { EXPECT_TRUE(engine.cancel(timeout)); };
  engine.run(recorder, kNever);
  EXPECT_EQ(recorder.log, (Log{"3000000000:20"}));
}

TEST(Engine, ACancelledTimerDoesNotMoveTime) {
  Engine engine;
  Recorder recorder(engine);
  const TimerHandle early = engine.arm(at_ns(10), {30});
  engine.arm(at_ns(40), {31});
  engine.schedule(at_ns(50), {20});
  engine.cancel(early);
  engine.run(recorder, kNever);
  EXPECT_EQ(recorder.log, (Log{"40:31", "50:20"}));
}

TEST(Engine, RunsToTheLimitIncludedAndGoesOn) {
  Engine engine;
  Recorder recorder(engine);
  engine.schedule(at_ns(10), {20});
  engine.schedule(at_ns(11), {21});
  engine.arm(at_ns(10), {30});
  engine.arm(at_ns(30), {31});
  EXPECT_EQ(engine.run(recorder, at_ns(10)), Engine::Stop::kLimit);
  EXPECT_EQ(recorder.log, (Log{"10:20", "10:30"}));
  EXPECT_EQ(engine.run(recorder, at_ns(20)), Engine::Stop::kLimit);
  EXPECT_EQ(engine.now(), at_ns(20));
  engine.schedule(at_ns(5), {22});  // past: now
  EXPECT_EQ(engine.run(recorder, at_ns(100)), Engine::Stop::kIdle);
  EXPECT_EQ(engine.now(), at_ns(30));
  EXPECT_EQ(recorder.log, (Log{"10:20", "10:30", "11:21", "20:22", "30:31"}));
}

TEST(Engine, StopsAfterTheCallThatAskedForIt) {
  Engine engine;
  Recorder recorder(engine);
  engine.schedule(at_ns(1), {20});
  engine.schedule(at_ns(2), {21});
  recorder.then = [&](const Event& event) {
    if (event.kind != 20) return;
    engine.post({1});
    engine.stop();
  };
  EXPECT_EQ(engine.run(recorder, kNever), Engine::Stop::kAsked);
  EXPECT_EQ(recorder.log, (Log{"1:20"}));
  EXPECT_EQ(engine.run(recorder, kNever), Engine::Stop::kIdle);
  EXPECT_EQ(recorder.log, (Log{"1:20", "1:1", "2:21"}));
}

/// What was told of each event, as the number of events that were handled before, and one.
struct Foreteller {
  static int soon_steps() { return 3; }
  void on_event(const Event& event) {
    EXPECT_NE(told[event.a][2], 0);
    ++handled;
  }
  void on_turn_end(std::uint32_t) {}
  void soon(const Event& event, int step) {
    int& at = told[event.a][static_cast<std::size_t>(step)];
    if (at == 0) at = handled + 1;
  }
  std::vector<std::array<int, 3>> told = std::vector<std::array<int, 3>>(10'000);
  int handled = 0;
};
TEST(Engine, TellsAHandlerWhatComesSoonEachStepABucketEarlierThanTheNext) {
  Engine engine;
  Foreteller handler;
  for (std::uint32_t i = 0; i < 10'000; ++i) engine.schedule(at_ns(100 * i), {.a = i});
  engine.run(handler, kNever);
  EXPECT_EQ(handler.handled, 10'000);
  const auto in_turn = [](const auto& told) {
    return 0 < told[0] && told[0] < told[1] && told[1] < told[2];
  };
  EXPECT_GT(std::ranges::count_if(handler.told, in_turn), 8'000);
}

}  // namespace
}  // namespace squall::sim
