#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

Workload workload_of(const std::string& fields) {
  const Scenario s = good_spec("  workloads: {app: {" + fields + "}}\n");
  return s.workloads.empty() ? Workload{} : s.workloads[0];
}

std::string wrong(const std::string& fields) {
  return wrong_spec("  workloads: {app: {" + fields + "}}\n");
}

TEST(ReadCapacity, AQueueOfZeroIsNoQueue) {
  EXPECT_EQ(workload_of("concurrency: 2, queue: {limit: 0}").queue.limit, 0);
}

TEST(ReadCapacity, AQueueSaysWhoIsNextAndWhoIsTurnedAway) {
  const Workload w =
      workload_of("concurrency: 2, queue: {order: lifo, full: drop, timeout: 2s}, cancelled: skip");
  EXPECT_EQ(w.queue.order, Queue::Order::kLifo);
  EXPECT_TRUE(w.queue.drops);
  EXPECT_EQ(w.queue.timeout, std::chrono::seconds(2));
  EXPECT_EQ(w.cancelled, Cancelled::kSkip);
  const Workload usual =
      workload_of("concurrency: 2, queue: {order: fifo, full: reject}, cancelled: finish");
  EXPECT_EQ(usual.queue.order, Queue::Order::kFifo);
  EXPECT_FALSE(usual.queue.drops || usual.queue.timeout);
  EXPECT_EQ(usual.cancelled, Cancelled::kFinish);
  EXPECT_EQ(workload_of("cancelled: stop").cancelled, Cancelled::kStop);
  EXPECT_EQ(workload_of("concurrency: 2, queue: {order: adaptive_lifo}").queue.order,
            Queue::Order::kAdaptiveLifo);
}

TEST(ReadCapacity, AQueueBeforeCoresCounts) {
  EXPECT_EQ(
      lines_of(good_spec("  workloads: {app: {cpu: {cores: 1}, queue: {limit: 3}}}\n").warnings)
          .find("no effect"),
      std::string::npos);
}

TEST(ReadCapacity, AQueueWithoutConcurrencyIsAWarning) {
  const Scenario s = good_spec("  workloads: {app: {queue: {limit: 3}}}\n");
  EXPECT_NE(
      lines_of(s.warnings).find("spec.workloads.app.queue: has no effect without concurrency"),
      std::string::npos);
}

TEST(ReadCapacity, DeadlinesAreIgnoredWhereNothingIsSaid) {
  EXPECT_FALSE(workload_of("").honours_deadlines);
  EXPECT_TRUE(workload_of("deadlines: honour").honours_deadlines);
  EXPECT_EQ(wrong("deadlines: honor"),
            "error: spec.workloads.app.deadlines: expected one of ignore, honour, got "
            "\"honor\"; did you mean \"honour\"?\n");
}

TEST(ReadCapacity, ARateLimitTurnsAwayWith429) {
  const Workload w = workload_of("rate_limit: {rate: 600/m, burst: 5}");
  EXPECT_EQ(w.rate_limit->per_s, 10);
  EXPECT_EQ(w.rate_limit->burst, 5U);
  EXPECT_EQ(w.rate_limit->status, 429);
  EXPECT_EQ(wrong("rate_limit: {rate: 0/s}"),
            "error: spec.workloads.app.rate_limit.rate: lets nothing through; write a rate above "
            "0\n");
}

TEST(ReadCapacity, ContentionHasOneValueForEachNumberInFlight) {
  const Workload w = workload_of("contention: {in_flight: [0, 50, 200], factor: [1, 1, 3]}");
  ASSERT_EQ(w.contention.size(), 3U);
  EXPECT_EQ(w.contention[2].in_flight, 200);
  EXPECT_EQ(w.contention[2].factor, 3);
  EXPECT_EQ(workload_of("contention: {in_flight: [9], add: [1s]}").contention[0].add,
            std::chrono::seconds(1));
  EXPECT_EQ(wrong("contention: {in_flight: [0, 50], factor: [1]}"),
            "error: spec.workloads.app.contention.factor: 1 values for 2 numbers in flight; write "
            "one for each\n");
  EXPECT_EQ(wrong("contention: {in_flight: [5, 5], factor: [1, 2]}"),
            "error: spec.workloads.app.contention.in_flight[1]: is not more than the one before; "
            "write them in order\n");
}

TEST(ReadCapacity, ControlledDelayHasTheUsualTargetAndInterval) {
  const Workload w = workload_of("concurrency: 1, queue: {codel: {}}");
  EXPECT_EQ(w.queue.codel->target, std::chrono::milliseconds(5));
  EXPECT_EQ(w.queue.codel->interval, std::chrono::milliseconds(100));
  EXPECT_FALSE(workload_of("concurrency: 1, queue: {limit: 3}").queue.codel);
}

}  // namespace
}  // namespace squall::scenarios
