// Whose turn it is at a replica, and who is turned away.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

double latency(const RunText& run) { return run.load("load").latency_s().max(); }

/// `web` asks `app`, which does one thing at a time, every 100 ms for so long, and waits 250 ms.
std::string hurried(const std::string& app, int until_ms) {
  return "spec:\n  duration: 9s\n  workloads: {web: {}, app: {concurrency: 1, " + app +
         "}}\n  load: [{name: load, from: web, to: http://app/, arrivals: constant, steps: [{at: "
         "0s, "
         "rate: 10/s}, {at: " +
         std::to_string(until_ms) + "ms, rate: 0/s}]}]\n" +
         testing::virtual_service("app", "timeout: 250ms, retries: {attempts: 0}");
}

TEST(Turns, WorkForAClientThatHasLeftIsSkippedWhereItIsSaid) {
  // They come at 0.1, 0.2, 0.3 and 0.4 s; the first works from 0.1 to 0.5 s, and all leave after
  // 0.25 s.
  const RunText all(hurried("latency: 400ms", 450));
  EXPECT_EQ(all.workload("app").requests(), 4U);
  EXPECT_DOUBLE_EQ(all.workload("app").wasted_s(), 1.6);
  const RunText skipped(hurried("latency: 400ms, cancelled: skip", 450));
  EXPECT_EQ(skipped.workload("app").requests(), 2U);  // at 0.5 s the fourth has not left yet
  EXPECT_DOUBLE_EQ(skipped.workload("app").wasted_s(), 0.8);
  EXPECT_EQ(skipped.load("load").status().at("504"), 4U);
  EXPECT_EQ(skipped.load("load").unfinished(), 0U);
}

TEST(Turns, TheLastComesFirstWhereTheQueueSaysSo) {
  const RunText run(hurried("latency: 240ms, queue: {order: lifo}", 450));
  // 0.1 to 0.34 s the first; then the third, of 0.3 s, which is too late at 0.58 s.
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  const RunText quick(hurried("latency: 140ms, queue: {order: lifo}", 450));
  EXPECT_EQ(quick.load("load").status().at("200"), 3U);
}

TEST(Turns, AFullQueueMayDropWithoutAnAnswer) {
  const RunText rejects(hurried("latency: 200ms, queue: {limit: 0}", 250));
  EXPECT_EQ(rejects.load("load").status().at("503"), 1U);
  const RunText drops(hurried("latency: 200ms, queue: {limit: 0, full: drop}", 250));
  EXPECT_EQ(drops.workload("app").shed(), 1U);
  EXPECT_EQ(drops.workload("app").gave_up(), 0U);
  EXPECT_EQ(drops.load("load").status().at("504"), 1U);
  EXPECT_DOUBLE_EQ(latency(drops), 0.25);
  EXPECT_EQ(drops.load("load").unfinished(), 0U);
}

TEST(Turns, WhoHasWaitedForTooLongIsTurnedAway) {
  const RunText run(hurried("latency: 240ms, queue: {timeout: 50ms}", 450));
  // The second, of 0.2 s, gives up at 0.25 s; the third, of 0.3 s, gets its turn at 0.34 s.
  EXPECT_EQ(run.workload("app").shed(), 2U);
  EXPECT_EQ(run.workload("app").gave_up(), 2U);
  EXPECT_EQ(run.load("load").status().at("503"), 2U);
  EXPECT_EQ(run.workload("app").requests(), 2U);
}

TEST(Turns, AProcessThatHangsTurnsNobodyAwayUntilItGoesOn) {
  const RunText run(
      hurried("latency: 10ms, queue: {timeout: 50ms}", 250)
          .insert(4 + 2, "  faults: [{at: 50ms, for: 200ms, workload: app, hang: {}}]\n"));
  // Both wait for the process; the second, who came at 0.2 s, goes at 0.25 s.
  EXPECT_EQ(run.workload("app").shed(), 1U);
}

/// `rate` a second for 2 s, from outside, at constant distances.
std::string app(const std::string& fields, const std::string& rate) {
  return "spec:\n  duration: 2s\n  workloads: {app: {" + fields +
         "}}\n  load: [{name: load, from: outside, to: \"http://app/\", arrivals: constant, "
         "rate: " +
         rate + "}]\n";
}

TEST(Turns, ARateLimitAnswersWhatIsBeyondItAtOnce) {
  const RunText run(app("rate_limit: {rate: 3/s, burst: 3}, latency: 10ms", "10/s"));
  // Of 19 arrivals three of the bucket, then one for each third of a second.
  EXPECT_EQ(run.load("load").status().at("429"), 11U);
  EXPECT_EQ(run.workload("app").requests(), 8U);
  EXPECT_EQ(run.workload("app").shed(), 0U);
}

TEST(Turns, AProcessThatHangsLimitsNobodyAndABucketIsFullAfterARestart) {
  const std::string limit = "rate_limit: {rate: 1/m, burst: 2}, latency: 10ms";
  const RunText hung(app(limit, "10/s") +
                     "  faults: [{at: 250ms, for: 1s, workload: app, hang: {}}]\n");
  EXPECT_EQ(hung.workload("app").requests(), 12U);  // two, and those of the second
  const RunText back(app(limit, "10/s") +
                     "  faults: [{at: 250ms, workload: app, crash: {restart_after: 1s}}]\n");
  EXPECT_EQ(back.workload("app").requests(), 4U);
}

TEST(Turns, AStandingQueueIsKeptShortByControlledDelay) {
  const std::string work = "concurrency: 1, latency: 10ms, queue: {";
  const RunText without(app(work + "}", "200/s"));
  const RunText with(app(work + "codel: {target: 20ms}}", "200/s"));
  EXPECT_GT(latency(without), 1.9);
  // A first interval's growth, then twice the target and the work.
  EXPECT_LT(latency(with), 0.13);
  EXPECT_GT(with.load("load").status().at("503"), 100U);
  EXPECT_GT(with.workload("app").gave_up(), 100U);
  EXPECT_GE(with.load("load").status().at("200"), 198U);  // and no capacity is lost
}

}  // namespace
}  // namespace squall::sim
