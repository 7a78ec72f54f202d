#include "sim/station.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "policies/base/mix.h"

namespace squall::sim {
namespace {

constexpr std::uint8_t kArrive = 1, kDone = 2, kFault = 3;

/// One station; request i arrives and works as `requests` says and leaves when its work is done.
class OneStation {
 public:
  explicit OneStation(const StationShape& shape) : station(shape, {kDone, 0, 0, 5, 0}) {}

  void request(std::int64_t at, std::int64_t work) {
    const auto id = static_cast<std::uint32_t>(works.size());
    works.push_back(work);
    engine.schedule(at_ns(at), {kArrive, 0, 0, 0, id});
  }
  void at(std::int64_t time, void (*fault)(OneStation&)) {
    engine.schedule(at_ns(time), {kFault, 0, 0, 0, static_cast<std::uint32_t>(faults.size())});
    faults.push_back(fault);
  }
  void run(std::int64_t limit = to_ns(kNever)) { engine.run(*this, at_ns(limit)); }

  void on_turn_end(std::uint32_t) {}
  void on_event(const Event& event) {
    if (event.kind == kFault) return faults[event.b](*this);
    if (event.kind == kArrive) {
      switch (station.enter(event.b, engine.now())) {
        case Station::Entry::kStarted:
          return begin(event.b);
        case Station::Entry::kQueued:
          return;
        case Station::Entry::kRejected:
          rejected.push_back(event.b);
          return;
      }
    }
    const Station::Done done = station.done(engine, event);
    if (done.begins != kNone) begin(done.begins);
    if (done.ended == kNone) return;
    ended[done.ended] = to_ns(engine.now());
    if (const std::uint32_t next = station.leave(engine.now()); next != kNone) begin(next);
  }
  void begin(std::uint32_t id) {
    began[id] = to_ns(engine.now());
    handles[id] = station.begin(engine, id, Duration(works[id]));
  }
  /// It leaves at once.
  void stop(std::uint32_t id) {
    const auto next = station.stop(engine, id, handles[id]);
    if (!next) return;
    if (*next != kNone) begin(*next);
    if (const std::uint32_t with_slot = station.leave(engine.now()); with_slot != kNone)
      begin(with_slot);
  }

  Engine engine;
  Station station;
  std::vector<std::int64_t> works;
  std::vector<void (*)(OneStation&)> faults;
  std::map<std::uint32_t, std::int64_t> began, ended;
  std::map<std::uint32_t, EventHandle> handles;
  std::vector<std::uint32_t> rejected;
};
using Times = std::map<std::uint32_t, std::int64_t>;

TEST(Station, WithoutLimitsEverybodyWorksAtOnce) {
  OneStation one({});
  for (int i = 0; i < 3; ++i) one.request(0, 10 + i);
  one.run();
  EXPECT_EQ(one.ended, (Times{{0, 10}, {1, 11}, {2, 12}}));
  EXPECT_EQ(one.station.areas(at_ns(20)).serving, 33U);
}

TEST(Station, CoresAreTakenInTheOrderOfArrival) {
  OneStation one({.cores = 2});
  for (std::int64_t work : {10, 4, 3, 5, 1}) one.request(0, work);
  one.run();
  EXPECT_EQ(one.began, (Times{{0, 0}, {1, 0}, {2, 4}, {3, 7}, {4, 10}}));
  EXPECT_EQ(one.ended, (Times{{0, 10}, {1, 4}, {2, 7}, {3, 12}, {4, 11}}));
  const Station::Areas areas = one.station.areas(at_ns(100));
  EXPECT_EQ(areas.working, 23U);
  EXPECT_EQ(areas.serving, 23U);
  EXPECT_EQ(areas.waiting, 4U + 7U + 10U);
  EXPECT_EQ(one.station.take_most_waiting(), 3U);
}

TEST(Station, WaitingBeyondTheLimitIsRejected) {
  for (const StationShape& shape : {StationShape{.cores = 1, .queue_limit = 2},
                                    StationShape{.concurrency = 1, .queue_limit = 2},
                                    StationShape{.concurrency = 1, .cores = 1, .queue_limit = 2}}) {
    OneStation one(shape);
    for (int i = 0; i < 5; ++i) one.request(0, 10);
    one.request(11, 10);  // by now one more has begun
    one.run();
    EXPECT_EQ(one.rejected, (std::vector<std::uint32_t>{3, 4}));
    EXPECT_EQ(one.ended, (Times{{0, 10}, {1, 20}, {2, 30}, {5, 40}}));
  }
}

TEST(Station, TheLastComesFirstWhereTheQueueSaysSo) {
  for (const StationShape& shape :
       {StationShape{.cores = 1, .order = Queue::Order::kLifo},
        StationShape{.concurrency = 1, .order = Queue::Order::kLifo},
        StationShape{.concurrency = 1, .cores = 1, .order = Queue::Order::kLifo}}) {
    OneStation one(shape);
    for (std::int64_t at : {0, 1, 2, 3, 15}) one.request(at, 10);
    one.run();
    EXPECT_EQ(one.began, (Times{{0, 0}, {3, 10}, {4, 20}, {2, 30}, {1, 40}}));
  }
}

TEST(Station, AnAdaptiveQueueTurnsRoundWhenItHasLastedForSomeTime) {
  constexpr std::int64_t kMs = 1'000'000;
  OneStation one({.cores = 1, .order = Queue::Order::kAdaptiveLifo});
  for (std::int64_t at : {0, 1, 2, 3}) one.request(at * kMs, 60 * kMs);
  one.request(130 * kMs, 60 * kMs);
  one.run();
  // Not empty since 1 ms: at 60 ms the first comes first, at 120 ms the last one.
  EXPECT_EQ(one.began,
            (Times{{0, 0}, {1, 60 * kMs}, {3, 120 * kMs}, {4, 180 * kMs}, {2, 240 * kMs}}));
}

TEST(Station, WhoIsSkippedLeavesSlotAndCoreToTheNext) {
  Engine engine;
  const Instant t0 = at_ns(0);
  for (const StationShape& shape : {StationShape{.cores = 1}, StationShape{.concurrency = 1},
                                    StationShape{.concurrency = 1, .cores = 1}}) {
    Station station(shape, {kDone});
    EXPECT_EQ(station.enter(0, t0), Station::Entry::kStarted);
    for (std::uint32_t id : {1U, 2U, 3U}) EXPECT_EQ(station.enter(id, t0), Station::Entry::kQueued);
    const Station::Done done = station.done(engine, {kDone, 0, 0, 0, 0});
    const std::uint32_t left = station.leave(t0);
    EXPECT_EQ(done.begins == kNone ? left : done.begins, 1U);
    EXPECT_EQ(station.skip(t0), 2U);
    EXPECT_EQ(station.serving(), 1U);
    EXPECT_EQ(station.working(), 1U);
    EXPECT_EQ(station.waiting(), 1U);
    EXPECT_EQ(station.skip(t0), 3U);
    EXPECT_EQ(station.skip(t0), kNone);
    EXPECT_EQ(station.serving() + station.working() + station.waiting(), 0U);
    EXPECT_EQ(station.enter(4, t0), Station::Entry::kStarted);
  }
}

TEST(Station, OfTwoSlotsAndOneCoreASkippedOneLeavesTheCoreToWhoHoldsTheOther) {
  Engine engine;
  Station station({.concurrency = 2, .cores = 1}, {kDone});
  const Instant t0 = at_ns(0);
  for (std::uint32_t id : {0U, 1U, 2U}) station.enter(id, t0);  // 1 lacks a core, 2 a slot
  EXPECT_EQ(station.done(engine, {kDone, 0, 0, 0, 0}).begins, 1U);
  EXPECT_EQ(station.skip(t0), 2U);  // 2 gets the slot of 1, and its core
  EXPECT_EQ(station.serving(), 2U);
  EXPECT_EQ(station.working(), 1U);
  EXPECT_EQ(station.waiting(), 0U);
}

TEST(Station, WorkThatIsStoppedLeavesSlotAndCoreToTheNext) {
  for (const bool slots : {true, false}) {
    OneStation one({.concurrency = slots ? 1 : kNone, .cores = slots ? kNone : 1});
    one.request(0, 100);
    one.request(5, 10);
    one.at(30, [](OneStation& it) { it.stop(0); });
    one.run();
    EXPECT_EQ(one.ended, (Times{{1, 40}}));
    EXPECT_EQ(one.station.serving(), 0U);
    EXPECT_EQ(one.station.working(), 0U);
  }
}

TEST(Station, WhatAHangHasPutOffCanBeStopped) {
  OneStation one({.concurrency = 2});
  one.request(0, 10);
  one.request(0, 100);
  one.at(5, [](OneStation& it) { it.station.hang(it.engine); });
  one.at(50, [](OneStation& it) { it.station.revive(it.engine); });  // the first ends at 55
  one.at(52, [](OneStation& it) { it.stop(0); });
  one.at(120, [](OneStation& it) { it.stop(1); });
  one.run();
  EXPECT_TRUE(one.ended.empty());
  EXPECT_EQ(one.station.serving(), 0U);
}

TEST(Station, SharedWorkThatIsStoppedLeavesMoreToTheOthers) {
  OneStation one({.cores = 1, .processor_sharing = true});
  one.request(0, 100);
  one.request(0, 100);
  one.at(50, [](OneStation& it) { it.stop(0); });
  one.run();
  EXPECT_EQ(one.ended, (Times{{1, 125}}));
}

TEST(Station, TheOldestCanGiveUp) {
  Station station({.concurrency = 1, .order = Queue::Order::kLifo}, {kDone});
  const Instant t0 = at_ns(0);
  EXPECT_EQ(station.oldest_waiting(), kNone);
  for (std::uint32_t id : {0U, 1U, 2U}) station.enter(id, t0);
  EXPECT_EQ(station.oldest_waiting(), 1U);
  station.give_up_oldest(t0);
  EXPECT_EQ(station.oldest_waiting(), 2U);
  EXPECT_EQ(station.waiting(), 1U);
  EXPECT_EQ(station.leave(t0), 2U);
}

TEST(Station, NoQueueMeansServedAtOnceOrRejected) {
  OneStation one({.concurrency = 1, .queue_limit = 0});
  one.request(0, 10);
  one.request(9, 10);
  one.request(11, 10);
  one.run();
  EXPECT_EQ(one.rejected, (std::vector<std::uint32_t>{1}));
}

TEST(Station, ASlotIsHeldUntilTheAnswerACoreOnlyDuringWork) {
  Engine engine;
  Station station({.concurrency = 2, .cores = 1}, {kDone});
  const Instant t0 = at_ns(0);
  EXPECT_EQ(station.enter(0, t0), Station::Entry::kStarted);
  EXPECT_EQ(station.enter(1, t0), Station::Entry::kQueued);  // a slot, no core
  EXPECT_EQ(station.enter(2, t0), Station::Entry::kQueued);  // no slot
  EXPECT_EQ(station.serving(), 2U);
  EXPECT_EQ(station.waiting(), 1U);
  EXPECT_EQ(station.done(engine, {kDone, 0, 0, 0, 0}).begins, 1U);  // 0 now waits for its calls
  EXPECT_EQ(station.waiting(), 1U);
  EXPECT_EQ(station.leave(t0), kNone);  // 0 answers and hands its slot to 2, which lacks a core
  EXPECT_EQ(station.waiting(), 0U);
  EXPECT_EQ(station.serving(), 2U);
  EXPECT_EQ(station.done(engine, {kDone, 0, 0, 0, 1}).begins, 2U);
  EXPECT_EQ(station.working(), 1U);
  EXPECT_EQ(station.serving(), 2U);
}

TEST(Station, ACrashLosesAllWorkAndTheQueue) {
  for (const StationShape& shape : {StationShape{.cores = 1}, StationShape{.concurrency = 1},
                                    StationShape{.cores = 1, .processor_sharing = true}}) {
    OneStation one(shape);
    one.request(0, 10);
    one.request(0, 10);
    one.request(7, 10);
    one.at(5, [](OneStation& s) {
      s.station.crash(s.engine);
      EXPECT_EQ(s.station.working() + s.station.serving() + s.station.waiting(), 0U);
    });
    one.run();
    EXPECT_EQ(one.ended, (Times{{2, 17}}));
    const Station::Areas areas = one.station.areas(at_ns(100));
    EXPECT_EQ(areas.working, 15U);
    EXPECT_EQ(areas.waiting, shape.processor_sharing ? 0U : 5U);
  }
}

TEST(Station, WorkHungGoesOnWhereItWas) {
  OneStation one({});
  one.request(0, 10);   // over before
  one.request(0, 30);   // 10 done when it hangs
  one.request(25, 40);  // comes while it hangs
  one.request(0, 300);  // over long after
  one.request(99, 7);   // between two hangs, and across the second
  one.at(20, [](OneStation& s) { s.station.hang(s.engine); });
  one.at(90, [](OneStation& s) { s.station.revive(s.engine); });
  one.at(100, [](OneStation& s) { s.station.hang(s.engine); });
  one.at(150, [](OneStation& s) { s.station.revive(s.engine); });
  one.run();
  EXPECT_EQ(one.ended, (Times{{0, 10}, {1, 150}, {2, 180}, {3, 420}, {4, 156}}));
}

TEST(Station, ACrashEndsAHang) {
  OneStation one({.cores = 1});
  one.request(0, 10);
  one.request(30, 10);
  one.at(5, [](OneStation& s) { s.station.hang(s.engine); });
  one.at(20, [](OneStation& s) { s.station.crash(s.engine); });
  one.run();
  EXPECT_EQ(one.ended, (Times{{1, 40}}));
  EXPECT_FALSE(one.station.hung());
}

TEST(Station, SharedCoresServeEverybodyAtOnceAndSlower) {
  OneStation one({.cores = 1, .processor_sharing = true});
  one.request(0, 30);
  one.request(10, 10);
  one.request(10, 30);
  one.run();
  // 20 and 10 and 30 left at 10: thirds until 40 (10 done each), halves until 60, then alone.
  EXPECT_EQ(one.ended, (Times{{0, 60}, {1, 40}, {2, 70}}));
  EXPECT_EQ(one.station.areas(at_ns(100)).working, 70U);
  EXPECT_EQ(one.station.areas(at_ns(100)).serving, 60U + 30U + 60U);
}

TEST(Station, SharedCoresAreNotSharedWhileTheyAreEnough) {
  OneStation one({.cores = 2, .processor_sharing = true});
  one.request(0, 100);
  one.request(0, 100);
  one.request(50, 20);  // three on two: each at 2/3, so 20 takes 30
  one.run();
  EXPECT_EQ(one.ended, (Times{{0, 110}, {1, 110}, {2, 80}}));
  EXPECT_EQ(one.station.areas(at_ns(200)).working, 220U);
}

TEST(Station, SharedWorkHungGoesOnWhereItWas) {
  OneStation one({.cores = 1, .processor_sharing = true});
  one.request(0, 20);
  one.request(0, 20);
  one.request(20, 10);
  one.at(10, [](OneStation& s) { s.station.hang(s.engine); });
  one.at(30, [](OneStation& s) { s.station.revive(s.engine); });
  one.run();
  EXPECT_EQ(one.ended, (Times{{0, 70}, {1, 70}, {2, 60}}));
}

/// Processor sharing by its definition, from change to change.
TEST(Station, SharingAgreesWithItsDefinitionOnRandomArrivals) {
  for (std::uint32_t cores : {1U, 3U}) {
    OneStation one({.cores = cores, .processor_sharing = true});
    std::vector<std::pair<std::int64_t, double>> jobs;
    for (std::uint64_t i = 0; i < 300; ++i) {
      const auto at = static_cast<std::int64_t>(mix(1, i) % 300'000);
      const auto work = static_cast<std::int64_t>(mix(2, i) % (1'500 * cores) + 1);
      jobs.emplace_back(at, static_cast<double>(work));
      one.request(at, work);
    }
    one.run();
    ASSERT_EQ(one.ended.size(), jobs.size());

    // From change to change: everybody there gets an equal share.
    std::vector<double> expected(jobs.size(), -1);
    double now = 0;
    for (;;) {
      std::vector<std::size_t> here;
      double next = 1e18;
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (expected[i] >= 0) continue;
        if (static_cast<double>(jobs[i].first) <= now) {
          here.push_back(i);
        } else {
          next = std::min(next, static_cast<double>(jobs[i].first));
        }
      }
      if (here.empty() && next >= 1e18) break;
      const double rate =
          here.empty() ? 1 : std::min(1.0, cores / static_cast<double>(here.size()));
      for (std::size_t i : here) next = std::min(next, now + jobs[i].second / rate);
      for (std::size_t i : here) {
        jobs[i].second -= (next - now) * rate;
        if (jobs[i].second < 1e-6) expected[i] = next;
      }
      now = next;
    }
    for (std::uint32_t i = 0; i < jobs.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(one.ended[i]), expected[i] + 0.5, 0.6) << i;
    }
  }
}

TEST(Station, AverageWaitAgreesWithLindleysRecursion) {
  OneStation one({.cores = 1});
  std::int64_t at = 0, free_at = 0;
  std::uint64_t waited = 0;
  Times expected;
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    at += static_cast<std::int64_t>(mix(3, i) % 1'000);
    const auto work = static_cast<std::int64_t>(mix(4, i) % 950);
    const std::int64_t begins = std::max(at, free_at);
    waited += static_cast<std::uint64_t>(begins - at);
    expected[i] = free_at = begins + work;
    one.request(at, work);
  }
  one.run();
  EXPECT_EQ(one.ended, expected);
  EXPECT_EQ(one.station.areas(at_ns(free_at)).waiting, waited);
}

}  // namespace
}  // namespace squall::sim
