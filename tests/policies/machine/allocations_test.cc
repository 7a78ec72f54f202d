// A worker and its Control ask for no memory once they have seen what comes.
#include <gtest/gtest.h>

#include "policies/base/mix.h"
#include "policies/control.h"
#include "policies/worker.h"
#include "tests/policies/machine/plan.h"
#include "tests/policies/machine/timers.h"
#include "tests/support/allocations.h"

namespace squall::policies {
namespace {

/// Some requests under way at a time, a millisecond apart; of a hundred answers ten are failures,
/// two resets, one connection closes, and one never comes. It allocates nothing itself.
class Steady {
 public:
  explicit Steady(const Plan& plan)
      : configuration_(plan.epoch()), worker_(configuration_, 1), control_(configuration_, 1, {}) {
    attempts_.reserve(4096);
    timers_.reserve(4096);
    connecting_.reserve(4096);
  }

  /// Answers come when more than so many attempts wait for theirs.
  void run(int requests, std::size_t waiting = 4) {
    for (int i = 0; i < requests; ++i) {
      bring([&] { worker_.on_request(0, head(), mix(2, draws_), true, now_); });
      while (!connecting_.empty()) {
        const ConnectionId id = connecting_.back();
        connecting_.pop_back();
        bring([&] { worker_.on_connected(id, now_); });
      }
      if (attempts_.size() > waiting) respond();
      pass(1ms);
    }
  }
  std::uint64_t stat(Stat stat) const { return worker_.cluster(0)->stats.get(stat); }
  std::uint32_t ejections() const {
    return control_.stats(0)->enforced[static_cast<std::size_t>(Detector::kConsecutive5xx)];
  }

 private:
  std::uint64_t draw(std::uint64_t below) { return mix(1, ++draws_) % below; }
  /// Known, unknown, or an internal caller's.
  RequestHead head() {
    static constexpr HeaderField kControl[] = {{"x-envoy-retry-on", "5xx,reset"},
                                               {"x-envoy-max-retries", "2"},
                                               {"x-envoy-upstream-rq-timeout-ms", "90"}};
    RequestHead head;
    const std::uint64_t kind = draw(4);
    head.known_as = kind < 2 ? 1 : 0;
    head.internal = kind == 3;
    if (head.internal) head.headers = kControl;
    return head;
  }
  void respond() {
    const AttemptId id = attempts_[draw(attempts_.size())];
    std::erase(attempts_, id);
    const std::uint64_t kind = draw(100);
    if (kind == 0) return;  // until its timeout
    if (kind == 1) {
      const std::uint32_t on = worker_.attempt(id.index).connection;
      if (worker_.attempt_id(id.index) == id && on != kNone) {
        bring([&] {
          worker_.on_closed(worker_.connection_id(on), ResetReason::kConnectionTermination, now_);
        });
      }
      return;
    }
    bring([&] {
      if (kind < 4) return worker_.on_stream_reset(id, ResetReason::kRemoteReset, now_);
      const auto status = static_cast<std::uint16_t>(kind < 14 ? 503 : 200);
      worker_.on_response(id, {.status = status, .headers = {}}, true, now_);
    });
  }
  void pass(Duration time) {
    const Instant until = now_ + time;
    for (;;) {
      if (worker_.wants_turn_end()) bring([&] { worker_.on_turn_end(now_); });
      if (control_.wants_turn_end()) bring([&] { control_.on_turn_end(now_); });
      if (worker_.wants_turn_end() || control_.wants_turn_end()) continue;
      const auto timer = timers_.take(until);
      if (!timer) break;
      now_ = std::max(now_, timer->deadline);
      const bool own = timer->kind != TimerKind::kSweep && timer->kind != TimerKind::kMergeWindow;
      bring([&] {
        if (own) return worker_.on_timer(timer->kind, timer->owner, now_);
        control_.on_timer(timer->kind, timer->owner, now_);
      });
    }
    now_ = until;
  }
  template <class Event>
  void bring(const Event& event) {
    event();
    while (worker_.has_command() || control_.has_command()) {
      carry_out(worker_.has_command() ? worker_.next_command() : control_.next_command());
    }
    control_.clear_events();
  }
  void carry_out(const Command& c) {
    if (c.kind() == CommandKind::kArm) timers_.arm(c);
    if (c.kind() == CommandKind::kCancel) timers_.cancel(c);
    if (c.kind() == CommandKind::kOpen) connecting_.push_back(worker_.connection_id(c.subject()));
    if (c.kind() == CommandKind::kStart) attempts_.push_back(worker_.attempt_id(c.subject()));
    if (c.kind() == CommandKind::kReset) std::erase(attempts_, worker_.attempt_id(c.subject()));
    if (c.kind() == CommandKind::kHostResult)
      control_.on_host_result(c.cluster(), c.subject(), c.result(), c.code(), now_);
    if (c.kind() == CommandKind::kSetHealth && c.end()) worker_.on_host_drain(c.subject(), now_);
    if (c.kind() == CommandKind::kPublish)
      worker_.on_host_health(c.subject(), control_.published(c.subject()));
  }

  Configuration configuration_;
  Worker worker_;
  Control control_;
  std::uint64_t draws_ = 0;
  Instant now_{};
  Timers timers_;
  std::vector<AttemptId> attempts_;
  std::vector<ConnectionId> connecting_;
};

struct Case {
  LbPolicy lb;
  bool weighted;
  Protocol protocol;
};
class MachineAllocations : public ::testing::TestWithParam<Case> {};

TEST_P(MachineAllocations, ThereAreNoneOnceWarm) {
  if (!squall::testing::counts_allocations())
    GTEST_SKIP() << "the sanitizer's malloc is not counted";
  Plan plan(6);
  ClusterConfig& cluster = plan.cluster();
  cluster.lb = GetParam().lb;
  cluster.protocol = GetParam().protocol;
  for (std::uint32_t i = 0; GetParam().weighted && i < 6; ++i) cluster.hosts[i].weight = 1 + i;
  cluster.outlier = detection_of(2, 60);
  cluster.outlier->interval = 100ms;
  cluster.outlier->base_ejection_time = 200ms;
  cluster.update_merge_window = 50ms;
  plan.limits().max_retries = 2;
  plan.forward.timeout = 60ms;
  plan.forward.retry = retries_on("5xx,reset,retriable-status-codes", 2);
  plan.forward.retry->status_codes = {410, 411};
  plan.forward.retry->per_try_timeout = 40ms;
  plan.forward.retry->previous_hosts = true;
  Steady steady(plan);
  steady.run(5'000, 50);  // more at once than later: the slabs' most
  steady.run(20'000);
  const std::uint64_t before = squall::testing::allocations();
  const std::uint64_t retries = steady.stat(Stat::kRqRetry), ejections = steady.ejections();
  steady.run(50'000);
  EXPECT_EQ(squall::testing::allocations() - before, 0U);
  EXPECT_GT(steady.stat(Stat::kRqRetry) - retries, 1'000U);
  EXPECT_GT(steady.ejections() - ejections, 20U);
  EXPECT_GT(steady.stat(Stat::kRqPerTryTimeout), 100U);
  EXPECT_GT(steady.stat(Stat::kRqRetryOverflow), 10U);
}

INSTANTIATE_TEST_SUITE_P(Machine, MachineAllocations,
                         ::testing::Values(Case{LbPolicy::kRoundRobin, false, Protocol::kHttp1},
                                           Case{LbPolicy::kRoundRobin, true, Protocol::kHttp1},
                                           Case{LbPolicy::kLeastRequest, false, Protocol::kHttp2},
                                           Case{LbPolicy::kLeastRequest, true, Protocol::kHttp2},
                                           Case{LbPolicy::kRandom, false, Protocol::kHttp1}));

}  // namespace
}  // namespace squall::policies
