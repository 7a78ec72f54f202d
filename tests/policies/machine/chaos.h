// Chaos: a worker and its Control under events in any order that a shell may bring, drawn from a
// seed, with a ledger that checks every command and gauges that must agree with it after each.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <iterator>
#include <string>
#include <vector>

#include "policies/base/mix.h"
#include "policies/control.h"
#include "tests/policies/machine/chaos_plan.h"
#include "tests/policies/machine/chaos_totals.h"
#include "tests/policies/machine/ledger.h"
#include "tests/policies/machine/timers.h"

namespace squall::policies {

class Chaos {
 public:
  Chaos(const Plan& plan, std::uint64_t seed)
      : configuration_(plan.epoch()),
        worker_(configuration_, seed),
        control_(configuration_, seed, Instant{}),
        seed_(seed) {}

  void run(int events) {
    for (int i = 0; i < events && !::testing::Test::HasFailure(); ++i) step();
  }
  /// Time passes, clients leave, connections close; then nothing may be left.
  void wind_up() {
    pass(2s);  // far beyond all timeouts of those that have sent everything
    for (const auto& [index, request] : ledger_.requests)
      EXPECT_FALSE(request.complete && !request.answered && request.deadline != kNever) << "lost";
    while (a_client() != nullptr && !::testing::Test::HasFailure()) leave();
    pass(2s);
    EXPECT_TRUE(ledger_.requests.empty());  // copies have ended by themselves
    while (!ledger_.connections.empty() && !::testing::Test::HasFailure()) close();
    event([&] { worker_.on_turn_end(now_); });
    EXPECT_TRUE(ledger_.attempts.empty());
    EXPECT_EQ(worker_.requests().live() + worker_.attempts().live() + worker_.connections().live(),
              0U);
    for (const Timers::Timer& timer : timers_.armed())
      EXPECT_TRUE(timer.kind == TimerKind::kSweep || timer.kind == TimerKind::kMergeWindow);
    const Gauges& gauges = worker_.cluster(0)->gauges[0];
    EXPECT_EQ(gauges.retries + gauges.pending + gauges.pools, 0U);
    EXPECT_EQ(gauges.requests + gauges.connections, 0U);
    for (std::uint32_t i = 0; i < worker_.cluster(0)->hosts.size(); ++i)
      EXPECT_EQ(worker_.cluster(0)->active[i] + worker_.cluster(0)->connections_to(i), 0U);
  }
  ChaosTotals totals() const {
    const ClusterStats& stats = worker_.cluster(0)->stats;
    ChaosTotals sum = totals_;
    sum.retries = stats.get(Stat::kRqRetry);
    sum.timeouts = stats.get(Stat::kRqTimeout) + stats.get(Stat::kRqPerTryTimeout);
    sum.overflows = stats.get(Stat::kRqPendingOverflow) + stats.get(Stat::kRqActiveOverflow) +
                    stats.get(Stat::kRqRetryOverflow);
    sum.redirects = stats.get(Stat::kInternalRedirectSucceeded);
    sum.idle = stats.get(Stat::kRqPerTryIdleTimeout);
    sum.lasting = stats.get(Stat::kRqMaxDurationReached);
    if (const OutlierStats* outliers = control_.stats(0)) {
      for (const std::uint32_t enforced : outliers->enforced) sum.ejections += enforced;
    }
    return sum;
  }

 private:
  std::uint64_t draw(std::uint64_t below) { return mix(seed_, ++draws_) % below; }
  template <class Map>
  auto* any(Map& map) {
    return map.empty() ? nullptr
                       : &std::next(map.begin(), static_cast<long>(draw(map.size())))->second;
  }
  template <class Event>
  void event(const Event& bring) {
    const Before before = look();
    bring();
    check_grants(before);
    pump();
    check_gauges();
  }
  /// Any request that has a client; null: there is none.
  LedgerRequest* a_client() {
    LedgerRequest* const one = any(ledger_.requests);
    if (one == nullptr || !one->copy) return one;
    for (auto& [index, request] : ledger_.requests) {
      if (!request.copy) return &request;
    }
    return nullptr;
  }
  void step();  // chaos_events.h
  RequestHead any_head();
  void note(RequestId id, bool end);
  void begin();
  void redirect(std::uint32_t request);
  void leave();
  void continue_request();
  void connect();
  void respond();
  void reset();
  void close();
  void manage_connection();
  void stale_event();
  void change_hosts();
  void pass(Duration time);
  void pump();
  /// What a grant is judged by.
  struct Before {
    std::uint64_t granted = 0, streams = 0;
  };
  Before look() const;
  void check_grants(const Before& before) const;
  void check_gauges() const;
  void check_deadline(std::uint32_t attempt) const;
  void check_records() const;
  void check_queues() const;
  void expect_over(std::uint32_t attempt);

  Configuration configuration_;
  std::deque<lb::ClusterLayout> members_;  // told so far
  Worker worker_;
  Control control_;
  std::uint64_t seed_, draws_ = 0;
  Instant now_{};
  Ledger ledger_;
  Timers timers_;
  ChaosTotals totals_;
  AttemptId old_attempt_;
  ConnectionId old_connection_;
  RequestId old_request_;
  std::string user_;
  std::vector<HeaderField> headers_;
};

}  // namespace squall::policies
