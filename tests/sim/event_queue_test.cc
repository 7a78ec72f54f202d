#include "sim/event_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include "policies/base/mix.h"
#include "sim/rank_sort.h"

namespace squall::sim {
namespace {

/// Times after now, by the k-th draw: what a simulation may ask of a queue, and worse.
enum class Delays {
  kUniform,
  kEqual,
  kTicks,
  kHeavyTail,
  kBimodal,
  kNowOrFar,
  kNanoseconds,
  kAges
};

std::int64_t delay_of(Delays kind, std::uint64_t bits) {
  switch (kind) {
    case Delays::kUniform:
      return static_cast<std::int64_t>(bits % 2'000'000'000);
    case Delays::kEqual:
      return 1'000'000;
    case Delays::kTicks:
      return static_cast<std::int64_t>(bits % 16) * 1'000'000;
    case Delays::kHeavyTail:
      return std::int64_t{1} << (bits % 50);
    case Delays::kBimodal:
      return bits % 10 != 0 ? static_cast<std::int64_t>(bits >> 44)
                            : static_cast<std::int64_t>(bits >> 31);
    case Delays::kNowOrFar:
      return bits % 2 == 0 ? 0 : 1'000'000'000'000;
    case Delays::kNanoseconds:
      return static_cast<std::int64_t>(bits % 5);
    case Delays::kAges:
      return static_cast<std::int64_t>(bits >> 2);
  }
  return 0;
}

/// The queue beside a sorted set: everything that leaves must be what the set has first.
class Pair {
 public:
  explicit Pair(std::uint32_t first_sequence) : queue_(first_sequence) {}

  void schedule(std::int64_t at) {
    const std::uint64_t number = handles_.size();
    const auto half = static_cast<std::uint32_t>(number);
    handles_.push_back(queue_.schedule(at_ns(at), {7, 1, 2, half, ~half}));
    times_.push_back(at);
    expected_.insert({at, number});
  }
  void cancel(std::uint64_t number) {
    const bool there = expected_.erase({times_[number], number}) == 1;
    ASSERT_EQ(queue_.cancel(handles_[number]), there) << number;
  }
  void pop() {
    const Instant at = queue_.next_time();
    if (expected_.empty()) {
      ASSERT_EQ(at, kNever);
      return;
    }
    const auto [time, number] = *expected_.begin();
    expected_.erase(expected_.begin());
    ASSERT_EQ(to_ns(at), time);
    const Event event = queue_.pop();
    const auto half = static_cast<std::uint32_t>(number);
    ASSERT_EQ(event, (Event{7, 1, 2, half, ~half})) << "at " << time;
    now_ = time;
  }
  std::int64_t now() const { return now_; }
  std::size_t size() const { return expected_.size(); }
  std::uint64_t scheduled() const { return handles_.size(); }

 private:
  EventQueue queue_;
  std::set<std::pair<std::int64_t, std::uint64_t>> expected_;
  std::vector<EventHandle> handles_;
  std::vector<std::int64_t> times_;
  std::int64_t now_ = 0;
};

class Order : public testing::TestWithParam<std::tuple<Delays, std::size_t, int, std::uint32_t>> {};

TEST_P(Order, IsThatOfASortedSet) {
  const auto [delays, pending, cancel_percent, first_sequence] = GetParam();
  Pair pair(first_sequence);
  const std::uint64_t seed = mix(static_cast<std::uint64_t>(delays), pending + first_sequence);
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    const std::uint64_t bits = mix(seed, step);
    // Grows and shrinks around what is asked for, and now and then runs empty.
    const std::size_t aim = step % 7'000 < 6'000 ? pending : 0;
    if (pair.size() < aim || (pair.size() == aim && bits % 2 == 0 && aim != 0)) {
      std::int64_t at = pair.now();
      const std::int64_t delay = delay_of(delays, mix(bits, 1));
      at = delay < INT64_MAX - 1 - at ? at + delay : INT64_MAX - 1;
      pair.schedule(at);
    } else {
      pair.pop();
    }
    if (static_cast<int>(mix(bits, 2) % 100) < cancel_percent && pair.scheduled() > 0) {
      const std::uint64_t recent = std::min<std::uint64_t>(pair.scheduled(), 2 * pending + 1);
      pair.cancel(pair.scheduled() - 1 - mix(bits, 3) % recent);
    }
    if (HasFatalFailure()) return;
  }
  while (pair.size() > 0 && !HasFatalFailure()) pair.pop();
  pair.pop();
}

INSTANTIATE_TEST_SUITE_P(Mixes, Order,
                         testing::Combine(testing::Values(Delays::kUniform, Delays::kEqual,
                                                          Delays::kTicks, Delays::kHeavyTail,
                                                          Delays::kBimodal, Delays::kNowOrFar,
                                                          Delays::kNanoseconds, Delays::kAges),
                                          testing::Values(1, 3, 70, 1'000, 5'000),
                                          testing::Values(0, 5, 60),
                                          testing::Values(1U, 0xffff'f000U)));

TEST(EventQueue, EqualTimesLeaveInTheOrderOfScheduling) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < 9'999; ++i) queue.schedule(at_ns(i % 3), {0, 0, 0, 0, i});
  for (std::uint32_t i = 0; i < 9'999; ++i) {
    ASSERT_EQ(to_ns(queue.next_time()), i / 3'333);
    ASSERT_EQ(queue.pop().b, i % 3'333 * 3 + i / 3'333);
  }
  EXPECT_EQ(queue.next_time(), kNever);
}

TEST(EventQueue, AHandleIsStaleOnceItsEventHasLeftOrWasCancelled) {
  EventQueue queue;
  const EventHandle first = queue.schedule(at_ns(1), {});
  const EventHandle second = queue.schedule(at_ns(2), {});
  EXPECT_FALSE(queue.cancel({}));
  EXPECT_EQ(queue.next_time(), at_ns(1));
  queue.pop();
  EXPECT_FALSE(queue.cancel(first));
  EXPECT_TRUE(queue.cancel(second));
  EXPECT_FALSE(queue.cancel(second));
  queue.schedule(at_ns(3), {});  // may be in a slot of the two
  EXPECT_FALSE(queue.cancel(first));
  EXPECT_FALSE(queue.cancel(second));
  EXPECT_EQ(queue.next_time(), at_ns(3));
}

TEST(EventQueue, WrapAroundSkipsTheSequenceThatMarksTheDead) {
  EventQueue queue(0xffff'ffffU);
  const EventHandle last = queue.schedule(at_ns(5), {1});
  const EventHandle next = queue.schedule(at_ns(5), {2});
  EXPECT_EQ(last.sequence, 0xffff'ffffU);
  EXPECT_EQ(next.sequence, 1U);
  EXPECT_TRUE(queue.cancel(last));
  EXPECT_EQ(queue.next_time(), at_ns(5));
  EXPECT_EQ(queue.pop().kind, 2);
}

TEST(EventQueue, AnEventBeforeAnOpenedBucketComesFirst) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < 500; ++i) queue.schedule(at_ns(1'000 + i), {1});
  EXPECT_EQ(queue.next_time(), at_ns(1'000));
  queue.schedule(at_ns(10), {2});
  EXPECT_EQ(queue.next_time(), at_ns(10));
  EXPECT_EQ(queue.pop().kind, 2);
  EXPECT_EQ(queue.next_time(), at_ns(1'000));
}

TEST(EventQueue, TellsWhatWillLeaveSoonWhenManyWait) {
  EventQueue queue;
  constexpr std::uint32_t kMany = 20'000;
  for (std::uint32_t i = 0; i < kMany; ++i)
    queue.schedule(at_ns(1'000 * (kMany - i)), {0, 0, 0, i, 0});
  std::set<std::uint32_t> told;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(to_ns(queue.next_time(1, [&](const Event& event, int) { told.insert(event.a); })),
              1'000 * (i + 1));
    ASSERT_TRUE(told.contains(queue.pop().a));
  }
}

std::vector<QueueEntry> random_entries(std::uint32_t count, std::uint64_t base,
                                       std::uint64_t range) {
  std::vector<QueueEntry> entries(count);
  for (std::uint32_t i = 0; i < count; ++i) entries[i] = {base + mix(range, i) % range, i, 0};
  return entries;
}

TEST(RankSort, IsAStableSortByTime) {
  for (std::uint32_t count = 0; count <= kRankSortMost; ++count) {
    for (std::uint64_t range :
         {std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{1} << kRankSortSpanBits}) {
      const std::uint64_t base = 12'345;
      std::vector<QueueEntry> entries = random_entries(count, base, range);
      std::vector<QueueEntry> sorted(count);
      rank_sort(entries.data(), count, base, sorted.data());
      std::stable_sort(entries.begin(), entries.end(),
                       [](const QueueEntry& x, const QueueEntry& y) { return x.at < y.at; });
      for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(sorted[i].sequence, entries[i].sequence);
      if (count > kRankSortFew) continue;
      const std::vector<QueueEntry> unsorted = random_entries(kRankSortFew, base, range);
      std::vector<QueueEntry> few(kRankSortFew + 1);
      rank_sort_few(unsorted.data(), count, base, few.data());
      for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(few[i].sequence, entries[i].sequence);
    }
  }
}

}  // namespace
}  // namespace squall::sim
