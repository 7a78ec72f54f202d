// A worker whose configuration changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/policies/machine/successive.h"

namespace squall::policies {
namespace {

bool has(const Lines& lines, const std::string& line) {
  return std::ranges::find(lines, line) != lines.end();
}

Plan retrying(std::size_t hosts = 1) {
  Plan plan(hosts);
  plan.forward.retry = retries_on("5xx", 3);
  plan.forward.retry->previous_hosts = true;
  plan.forward.retry->host_selection_max_attempts = 20;
  return plan;
}

TEST(Reconfigure, NewRequestsGoByTheNewRoutes) {
  Plan second;
  second.forward = forward_to({{"nowhere", 1}});
  Successive shell(Plan(), second);
  shell.request();
  shell.take();
  shell.change();
  shell.request();
  EXPECT_EQ(shell.take().front(), "answer r1 503 NC cluster_not_found");
  shell.change_back();
  shell.request();
  EXPECT_EQ(shell.worker.request(1).cluster, 0U);
}

TEST(Reconfigure, ConnectionsOfAClusterThatGoesEndWithTheirStreams) {
  Successive shell{Plan(), Plan()};
  shell.request();
  shell.connect(0);
  shell.request();  // one is idle afterwards
  shell.connect(1);
  shell.respond(shell.worker.request(1).newest_attempt);
  shell.take();
  shell.change();
  EXPECT_TRUE(has(shell.take(), "close c1"));
  shell.respond(shell.worker.request(0).newest_attempt);
  EXPECT_TRUE(has(shell.take(), "close c0"));
  EXPECT_EQ(shell.gauges(0).connections, 0U);
}

TEST(Reconfigure, WhoWaitsForAConnectionGetsOne) {
  Successive shell{Plan(), Plan()};
  const std::uint32_t request = shell.request();
  shell.change();
  shell.take();
  shell.connect(0);
  EXPECT_TRUE(has(shell.take(), "start a0 c0 end"));
  shell.respond(shell.worker.request(request).newest_attempt);
  EXPECT_TRUE(has(shell.take(), "log r0 200 - via_upstream"));
}

TEST(Reconfigure, ARetryGoesToTheClusterOfTheSameNameAndAvoidsTheHostThatItKnows) {
  Plan second = retrying(2);
  std::ranges::swap(second.cluster().hosts[0], second.cluster().hosts[1]);
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Successive shell(retrying(2), second);
    const std::uint32_t request = shell.request({}, true, seed);
    shell.connect(0);
    const std::uint32_t first = shell.worker.request(request).last_host;
    shell.change();
    shell.respond(shell.worker.request(request).newest_attempt, 503);
    EXPECT_EQ(shell.gauges(0).retries, 1U);
    shell.pass(1s);
    EXPECT_EQ(shell.worker.request(request).cluster, 1U);
    EXPECT_EQ(shell.gauges(0).retries, 0U);
    const Epoch& epoch = shell.worker.configuration().epoch;
    const std::uint32_t then = shell.worker.request(request).last_host;
    EXPECT_GE(then, 2U);
    EXPECT_NE(epoch.host(then).port, epoch.host(first).port);
  }
}

TEST(Reconfigure, ARetryWithoutAClusterHasNoHealthyUpstream) {
  Plan second;
  second.clusters.front().name = "other";
  Successive shell(retrying(), second);
  shell.request();
  shell.connect(0);
  shell.change();
  shell.respond(0, 503);
  shell.take();
  shell.pass(1s);
  EXPECT_TRUE(has(shell.take(), "answer r0 503 UH no_healthy_upstream"));
}

TEST(Reconfigure, AClusterThatComesBackServes) {
  Successive shell{Plan(), Plan()};
  shell.request();
  shell.connect(0);
  shell.respond(0);
  shell.change();
  shell.change_back();
  shell.request();
  shell.connect(0);
  shell.respond(shell.worker.request(0).newest_attempt);
  EXPECT_TRUE(has(shell.take(), "log r0 200 - via_upstream"));
}

TEST(Reconfigure, WhoWaitsInAFaultFindsTheClusterOfThen) {
  const auto delayed = [](const std::string& cluster) {
    Plan plan;
    plan.clusters.front().name = cluster;
    plan.forward = forward_to({{cluster, 1}});
    FaultConfig fault;
    fault.delay.emplace();
    fault.delay->fixed = 1s;
    plan.listener.filters.push_back({.name = "fault", .config = fault});
    return plan;
  };
  Successive same(delayed("backend"), delayed("backend")), other(delayed("a"), delayed("b"));
  for (Successive* shell : {&same, &other}) {
    shell->request();
    shell->change();
    shell->take();
    shell->pass(1s);
  }
  EXPECT_TRUE(has(same.take(), "open c0 h1"));
  EXPECT_TRUE(has(other.take(), "answer r0 503 DI,NC cluster_not_found"));
}

/// A shell that does what comes to its mind, and changes the configuration meanwhile.
class Restless {
 public:
  Restless(const Plan& plan, std::uint64_t seed) : shell(plan, plan), seed_(seed) {}

  void step() {
    const std::uint64_t what = draw(12);
    if (what < 4) shell.request({}, true, draw(1U << 30));
    if (what >= 4 && what < 7 && !connecting_.empty()) shell.connect(any(connecting_));
    if (what >= 7 && what < 10 && !started_.empty())
      shell.respond(any(started_), draw(3) == 0 ? 503 : 200);
    if (what == 10) shell.pass(20ms);
    if (what == 11) draw(2) == 0 ? shell.change() : shell.change_back();
    shell.end_turn();
    look();
  }
  /// Until nothing is under way.
  void wind_up() {
    for (int i = 0; i < 10'000 && !(is_idle() && connecting_.empty()); ++i) {
      if (!connecting_.empty()) shell.connect(any(connecting_));
      if (!started_.empty()) shell.respond(any(started_));
      shell.pass(20ms);
      shell.event([&] { shell.worker.on_turn_end(shell.now); });  // gives back what has ended
      look();
    }
  }

  bool is_idle() const { return shell.worker.requests().live() == 0; }

  Successive shell;

 private:
  std::uint64_t draw(std::uint64_t below) { return mix(seed_, ++draws_) % below; }
  std::uint32_t any(std::vector<std::uint32_t>& from) {
    std::swap(from[draw(from.size())], from.back());
    const std::uint32_t taken = from.back();
    from.pop_back();
    return taken;
  }
  /// What is to be connected and answered now.
  void look() {
    for (const std::string& line : shell.take()) {
      std::uint32_t index = 0;
      if (std::sscanf(line.c_str(), "open c%u", &index) == 1) connecting_.push_back(index);
      if (std::sscanf(line.c_str(), "close c%u", &index) == 1) std::erase(connecting_, index);
      if (std::sscanf(line.c_str(), "start a%u", &index) == 1) started_.push_back(index);
      if (std::sscanf(line.c_str(), "reset a%u", &index) == 1) std::erase(started_, index);
    }
  }

  std::uint64_t seed_, draws_ = 0;
  std::vector<std::uint32_t> connecting_, started_;
};

TEST(Reconfigure, NothingIsLeftBehind) {
  Plan plan = retrying(3);
  plan.cluster().outlier = detection_of(3, 50);
  plan.limits().max_requests = 8;
  plan.limits().max_pending_requests = 4;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Restless restless(plan, seed);
    for (int i = 0; i < 400; ++i) restless.step();
    restless.shell.change();
    restless.wind_up();
    const Worker& worker = restless.shell.worker;
    EXPECT_TRUE(restless.is_idle()) << seed;
    for (std::uint32_t cluster = 0; cluster < 2; ++cluster) {
      if (worker.cluster(cluster) == nullptr) continue;
      const Gauges& gauges = restless.shell.gauges(cluster);
      EXPECT_EQ(gauges.requests + gauges.pending + gauges.retries, 0U) << seed;
    }
    EXPECT_EQ(restless.shell.control.active_ejections(0), 0U);
  }
}

}  // namespace
}  // namespace squall::policies
