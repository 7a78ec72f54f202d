// What is decided of a TCP connection before it has a host, and what holds whatever comes.
#include "policies/tcp_proxy.h"

#include <gtest/gtest.h>

#include <map>

#include "policies/base/mix.h"
#include "policies/hash_policy.h"
#include "tests/policies/machine/tcp_shell.h"

namespace squall::policies {
namespace {

TEST(TcpProxy, ClustersAreChosenByTheirWeights) {
  TcpProxy proxy;
  Forward& forward = proxy.route.action.emplace<Forward>(forward_to({{"a", 1}, {"b", 3}}));
  forward.total_weight = 4;
  int second = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) second += pick_tcp_cluster(proxy, i, 0) == 1 ? 1 : 0;
  EXPECT_NEAR(second, 7'500, 4 * 44);  // of 4 sigma
}

TEST(TcpProxy, EachAttemptChoosesAnew) {
  TcpProxy proxy;
  Forward& forward = proxy.route.action.emplace<Forward>(forward_to({{"a", 1}, {"b", 1}}));
  forward.total_weight = 2;
  int moved = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    moved += pick_tcp_cluster(proxy, i, 0) != pick_tcp_cluster(proxy, i, 1) ? 1 : 0;
  EXPECT_NEAR(moved, 5'000, 4 * 50);  // of 4 sigma
}

TEST(TcpProxy, TheLongestLifeHasJitterOnTop) {
  TcpProxy proxy;
  EXPECT_FALSE(longest_life(proxy, 1));
  proxy.max_duration = 1s;
  EXPECT_EQ(longest_life(proxy, 1), 1s);
  proxy.max_duration_jitter_percent = 20;
  Duration most{};
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const Duration life = *longest_life(proxy, i);
    EXPECT_GE(life, 1s);
    most = std::max(most, life);
  }
  EXPECT_EQ(most, 1199ms);
  proxy.max_duration = 1ms;  // 0.2 ms of jitter: nothing below a whole millisecond but 0
  EXPECT_EQ(longest_life(proxy, 7), 1ms);
}

TEST(TcpProxy, AHashIsThatOfTheSourceAddress) {
  TcpProxy proxy;
  Forward& forward = proxy.route.action.emplace<Forward>();
  EXPECT_FALSE(tcp_hash(proxy, "10.0.0.1"));
  forward.hash_policies.emplace_back().kind = HashPolicy::Kind::kSourceIp;
  RequestHead head;
  head.peer = "10.0.0.1";
  EXPECT_EQ(tcp_hash(proxy, "10.0.0.1"), hash_of(forward.hash_policies, head, nullptr));
}

/// A worker under whatever may happen to TCP connections, in an order drawn from a seed.
class Storm : public TcpShell {
 public:
  Storm(const TcpPlan& plan, std::uint64_t seed) : TcpShell(plan), seed_(seed) {}

  void step() {
    const std::uint32_t most = configuration.epoch.clusters[0].thresholds[0].max_connections;
    switch (draw(9)) {
      case 0:
      case 1:
        if (const std::uint32_t tcp = open(mix(seed_, ++draws_)); worker.request(tcp).index == tcp)
          ++opened_;
        break;
      case 2:
        if (const auto* one = any(connections())) connect(one->index);
        break;
      case 3:
        if (const auto* one = any(connections()); one != nullptr && is_connecting(*one))
          refuse(one->index);
        break;
      case 4:
        if (const auto* one = any(connections()); one != nullptr && !is_connecting(*one))
          close(one->index,
                draw(2) == 0 ? ResetReason::kRemoteReset : ResetReason::kConnectionTermination);
        break;
      case 5:
        if (const auto* one = any(sessions())) leave(one->index, draw(2) == 0);
        break;
      case 6:
      case 7:
        if (const auto* one = any(sessions()))
          bytes(one->index, draw(2) == 0 ? TcpSide::kClient : TcpSide::kHost, draw(3),
                draw(3) == 0);
        break;
      default:
        pass(std::chrono::milliseconds(draw(400)));
    }
    count_logs();
    if (worker.cluster(0) == nullptr) return;
    // A pool without a connection may open one beyond the limit; TCP never gets that far.
    EXPECT_LE(gauges().connections, most + worker.cluster(0)->hosts.size());
    EXPECT_EQ(gauges().connections, worker.connections().live() - closed_now());
  }
  void wind_up() {
    for (int i = 0; i < 100'000 && worker.requests().live() > 0; ++i) {
      sweep();
      const auto* tcp = any(sessions());
      if (tcp == nullptr) break;
      if (!tcp->ended) {
        leave(tcp->index);
      } else if (const Attempt& attempt = worker.attempt(tcp->newest_attempt);
                 attempt.connection != kNone) {
        close(attempt.connection);
      }
      count_logs();
    }
    while (const auto* one = any(connections())) {
      is_connecting(*one) ? refuse(one->index) : close(one->index);
      sweep();
    }
    sweep();
    count_logs();
    EXPECT_EQ(logged_, opened_);
    EXPECT_EQ(timers_left(), 0U);
    EXPECT_TRUE(worker.cluster(0) == nullptr || idle());
  }
  std::uint64_t opened() const { return opened_; }

 private:
  static bool is_connecting(const Connection& connection) {
    return connection.state == ConnectionState::kConnecting;
  }
  std::uint64_t draw(std::uint64_t below) { return mix(seed_, ++draws_) % below; }
  template <class T>
  std::vector<const T*> live(const Slab<T>& slab) {
    std::vector<const T*> all;
    for (std::uint32_t i = 0; i < slab.capacity(); ++i) {
      if (slab[i].index == i && !gone(slab[i])) all.push_back(&slab[i]);
    }
    return all;
  }
  bool gone(const Request& request) const { return request.ended && request.live == 0; }
  bool gone(const Connection& connection) const { return !linked(connection); }
  /// Whether it is still in a pool: one that has ended lives until the next event.
  bool linked(const Connection& connection) const {
    const Pool& pool =
        worker.cluster(0)->tcp_pools[connection.host - worker.cluster(0)->first_host];
    for (std::uint32_t i = pool.connections_head; i != kNone;
         i = worker.connection(i).next_of_host) {
      if (i == connection.index) return true;
    }
    return false;
  }
  std::uint32_t closed_now() {
    return worker.connections().live() - static_cast<std::uint32_t>(connections().size());
  }
  std::vector<const Connection*> connections() { return live(worker.connections()); }
  std::vector<const Request*> sessions() { return live(worker.requests()); }
  template <class T>
  const T* any(const std::vector<const T*>& all) {
    return all.empty() ? nullptr : all[draw(all.size())];
  }
  void count_logs() {
    for (const std::string& line : take()) logged_ += line.starts_with("log ") ? 1U : 0U;
  }
  std::size_t timers_left() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        timers.armed(), [](const auto& timer) { return !is_controls(timer.kind); }));
  }

  std::uint64_t seed_, draws_ = 0, opened_ = 0, logged_ = 0;
};

TEST(TcpProxy, WhateverComesEachConnectionIsLoggedOnceAndNothingIsLeft) {
  std::uint64_t opened = 0;
  for (std::uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    TcpPlan plan(1 + seed % 3);
    plan.limits().max_connections = static_cast<std::uint32_t>(1 + seed % 5);
    plan.limits().max_pending_requests = static_cast<std::uint32_t>(seed % 4);
    plan.cluster().connect_timeout = 300ms;
    plan.cluster().outlier = detection_of(3);
    plan.cluster().close_connections_on_host_health_failure = seed % 2 == 0;
    plan.proxy.max_connect_attempts = static_cast<std::uint32_t>(1 + seed % 3);
    plan.proxy.idle_timeout = seed % 4 == 0 ? Duration::zero() : 1s;
    if (seed % 5 == 0) plan.proxy.max_duration = 2s;
    if (seed % 7 == 0) plan.proxy.backoff.emplace().base_interval = 50ms;
    Storm storm(plan, seed);
    for (int i = 0; i < 120 && !HasFailure(); ++i) storm.step();
    storm.wind_up();
    opened += storm.opened();
  }
  EXPECT_GT(opened, 20'000U);
}

}  // namespace
}  // namespace squall::policies
