// Hosts of a cluster that come and go.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tests/policies/machine/members.h"

namespace squall::policies {
namespace {

const std::vector<bool> kGone{false, true, false, false, true, false};

/// Six hosts, of two priorities or in two localities, of different weights.
Plan six_hosts(LbPolicy lb, const std::string& shape) {
  Plan plan(6);
  plan.cluster().lb = lb;
  for (std::uint32_t i = 0; i < 6; ++i) {
    HostConfig& host = plan.cluster().hosts[i];
    if (shape == "weights") host.weight = 1 + i % 3;
    if (shape == "priorities") host.priority = i / 4;
    if (shape == "localities") {
      plan.cluster().locality_weighted = true;
      host.locality.zone = i % 2 == 0 ? "a" : "b";
      host.locality_weight = i % 2 == 0 ? 3 : 1;
    }
  }
  return plan;
}

Plan without(Plan plan, const std::vector<bool>& absent) {
  std::vector<HostConfig> left;
  for (std::size_t i = 0; i < absent.size(); ++i) {
    if (!absent[i]) left.push_back(plan.cluster().hosts[i]);
  }
  plan.cluster().hosts = left;
  return plan;
}

std::vector<std::uint16_t> ports_of_picks(ClusterState& state) {
  std::vector<std::uint16_t> ports;
  for (std::uint64_t i = 0; i < 300; ++i) {
    lb::Draws draws{.random = mix(7, i), .priority = mix(8, i), .key = 0, .hash = mix(9, i)};
    const PriorityChoice choice = choose_priority(state.loads(), draws.priority);
    const std::uint32_t host = state.pick(choice, draws);
    ports.push_back(host == kNone ? std::uint16_t{0} : state.config->hosts[host].port);
  }
  return ports;
}

class MembersOfCluster : public ::testing::TestWithParam<std::tuple<LbPolicy, std::string>> {};

TEST_P(MembersOfCluster, AClusterWithoutSomeHostsPicksAsOneThatNeverHadThem) {
  const auto& [lb, shape] = GetParam();
  const Plan plan = six_hosts(lb, shape);
  const Configuration all(plan.epoch()), fewer(without(plan, kGone).epoch());
  ClusterState state(all, 0, 1), expected(fewer, 0, 1);
  const lb::ClusterLayout members = all.layout_without(0, kGone);
  state.set_members(members, Instant{});
  EXPECT_EQ(members.members, 4U);
  EXPECT_EQ(ports_of_picks(state), ports_of_picks(expected));
  HealthFlags failed;
  failed.set(HealthFlag::kFailedOutlierCheck);
  std::vector<HealthFlags> flags(6);
  flags[2] = failed;
  state.set_health({.flags = flags, .last_pass = {}});
  expected.set_health({.flags = std::vector<HealthFlags>{{}, failed, {}, {}}, .last_pass = {}});
  EXPECT_EQ(ports_of_picks(state), ports_of_picks(expected));
}

INSTANTIATE_TEST_SUITE_P(
    Policies, MembersOfCluster,
    ::testing::Combine(::testing::Values(LbPolicy::kRoundRobin, LbPolicy::kLeastRequest,
                                         LbPolicy::kRandom, LbPolicy::kRingHash, LbPolicy::kMaglev),
                       ::testing::Values("plain", "weights", "priorities", "localities")));

TEST(MembersOfWorker, NobodyIsLeftAndSomebodyComesBack) {
  Members shell(Plan(2));
  shell.hosts({true, true});
  shell.take();
  shell.request();
  EXPECT_EQ(shell.take().front(), "answer r0 503 UH no_healthy_upstream");
  shell.hosts({true, false});
  shell.request();
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, "open c0 h1"), lines.end()) << lines.back();
}

TEST(MembersOfWorker, ConnectionsOfWhoGoesEndWithTheirStreams) {
  Members shell(Plan(1));
  shell.request();
  shell.connect(0);
  shell.respond(0);  // idle
  shell.request();   // on it, again
  shell.take();
  shell.hosts({true});
  for (const std::string& line : shell.take()) EXPECT_NE(line, "close c0");
  shell.respond(shell.worker.request(0).newest_attempt);
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, "close c0"), lines.end());
}

TEST(MembersOfWorker, AnOverriddenHostThatHasGoneIsNotTaken) {
  Plan plan(2);
  plan.cluster().override_host = {{.header = "x-host"}};
  Members shell(plan);
  shell.hosts({false, true});
  shell.take();
  const HeaderField named{"x-host", "10.0.0.1:8001"};
  RequestHead head;
  head.headers = {&named, 1};
  shell.request(head);
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, "open c0 h0"), lines.end());
}

}  // namespace
}  // namespace squall::policies
