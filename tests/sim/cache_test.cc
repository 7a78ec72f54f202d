#include "sim/cache.h"

#include <gtest/gtest.h>

#include <list>
#include <map>

#include "policies/base/mix.h"
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using Found = Cache::Found;
using testing::RunText;

scenarios::CacheSpec spec(std::uint32_t entries, std::optional<Duration> ttl = std::nullopt) {
  return {.entries = entries, .ttl = ttl};
}

TEST(Cache, TheLeastRecentlyUsedGoesFirst) {
  Cache cache(spec(2));
  cache.put(1, {});
  cache.put(2, {});
  EXPECT_EQ(cache.find(1, {}), Found::kFresh);
  cache.put(3, {});
  EXPECT_EQ(cache.find(2, {}), Found::kNothing);
  EXPECT_EQ(cache.find(1, {}), Found::kFresh);
  EXPECT_EQ(cache.find(3, {}), Found::kFresh);
  cache.clear();
  EXPECT_EQ(cache.find(1, {}), Found::kNothing);
  cache.put(kNone, {});  // of requests without a key
  EXPECT_EQ(cache.find(kNone, {}), Found::kFresh);
}

TEST(Cache, AnEntryExpiresAndCanBeRenewed) {
  Cache cache(spec(2, 10s));
  cache.put(1, {});
  EXPECT_EQ(cache.find(1, Instant(9s)), Found::kFresh);
  EXPECT_EQ(cache.find(1, Instant(10s)), Found::kExpired);
  cache.put(1, Instant(10s));
  EXPECT_EQ(cache.find(1, Instant(19s)), Found::kFresh);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(Cache, AgreesWithAListOnRandomKeys) {
  Cache cache(spec(100));
  std::list<std::uint32_t> list;  // the newest first
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto key = static_cast<std::uint32_t>(mix(7, i) % 300);
    const auto at = std::ranges::find(list, key);
    ASSERT_EQ(cache.find(key, {}) == Found::kFresh, at != list.end()) << i;
    if (at != list.end()) {
      list.erase(at);
    } else {
      cache.put(key, {});
    }
    list.push_front(key);
    if (list.size() > 100) list.pop_back();
  }
}

std::string app(const std::string& cache, const std::string& more = "") {
  return "spec:\n  duration: 20s\n  workloads:\n    web: {}\n    app: {calls: [{cache: {" + cache +
         "}, miss: [{to: http://db/}]}]}\n    db: {latency: 100ms" + more +
         "}\n  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 10/s, "
         "keys: {zipf: {of: 5}}}]\n";
}

TEST(Cache, AHitPassesOverWhatAMissTakes) {
  const RunText run(app("entries: 10"));
  EXPECT_GE(run.workload("db").requests(), 5U);
  EXPECT_LT(run.workload("db").requests(), 12U);  // each key once, and while it is being asked for
  EXPECT_EQ(run.load("load").latency_s().p50(), 0);
  const RunText small(app("entries: 1"));
  EXPECT_GT(small.workload("db").requests(), 120U);
}

TEST(Cache, AFlushOrARestartEmptiesIt) {
  const RunText run(app("entries: 10") +
                    "  faults: [{at: 10s, workload: app, flush: {}}, {at: 15s, workload: app, "
                    "crash: {restart_after: 1ms}}]\n"
                    "  expect: ['hit_ratio{workload=\"app\"}[5s:10s] == 100%', "
                    "'hit_ratio{workload=\"app\"}[10s:15s] < 95%', "
                    "'hit_ratio{workload=\"app\"}[15s:20s] < 95%']\n");
  ASSERT_EQ(run.expectations.size(), 3U);
  for (const auto& one : run.expectations) EXPECT_TRUE(one.ok) << one.text << " " << one.why;
}

TEST(Cache, AnExpiredEntryServesWhileItCannotBeRenewed) {
  const std::string fault = "  faults: [{at: 10s, workload: db, error: {status: 500}}]\n";
  const RunText fails(app("entries: 10, ttl: 5s, on_error: fail") + fault);
  EXPECT_LT(fails.load("load").success_ratio(), 0.8);
  const RunText keeps(app("entries: 10, ttl: 5s") + fault);
  EXPECT_EQ(keeps.load("load").success_ratio(), 1);
}

TEST(Cache, AnAnswerThatComesTooLateMayBeDiscarded) {
  const std::string impatient =
      testing::virtual_service("app", "timeout: 50ms, retries: {attempts: 0}");
  EXPECT_GT(RunText(app("entries: 10, late: keep") + impatient).load("load").success_ratio(), 0.9);
  EXPECT_EQ(RunText(app("entries: 10") + impatient).load("load").success_ratio(), 0);
}

}  // namespace
}  // namespace squall::sim
