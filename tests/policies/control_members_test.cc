#include <gtest/gtest.h>

#include "tests/policies/machine/members.h"
#include "tests/policies/machine/successive.h"

namespace squall::policies {
namespace {

void fail(Shell& shell, std::uint32_t host, int times = 5) {
  for (int i = 0; i < times; ++i) {
    shell.event([&] {
      shell.control.on_host_result(0, host, HostResult::kExternalFailure, 500, shell.now);
    });
  }
}
void eject(Shell& shell, std::uint32_t host) {
  fail(shell, host);
  shell.end_turn();
}

bool is_out(const Shell& shell, std::uint32_t host) {
  return shell.worker.cluster(0)->hosts[host].health.has(HealthFlag::kFailedOutlierCheck);
}

Plan detecting(std::size_t hosts, std::uint32_t percent) {
  Plan plan(hosts);
  plan.cluster().outlier = detection_of(5, percent);
  plan.cluster().update_merge_window = 1s;
  return plan;
}

TEST(ControlMembers, AnEjectedHostThatGoesIsNotEjectedAnyMore) {
  Members shell(detecting(4, 100));
  eject(shell, 1);
  EXPECT_TRUE(is_out(shell, 1));
  EXPECT_EQ(shell.control.active_ejections(0), 1U);
  shell.hosts({false, true, false, false});
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
  shell.hosts({false, false, false, false});
  EXPECT_FALSE(is_out(shell, 1));
  fail(shell, 1, 4);  // it counts anew
  shell.end_turn();
  EXPECT_FALSE(is_out(shell, 1));
  fail(shell, 1, 1);
  shell.end_turn();
  EXPECT_EQ(shell.control.active_ejections(0), 1U);
}

// 1 of 4 is 25 %, 1 of 2 is 50 %.
TEST(ControlMembers, TheShareOfEjectedHostsIsOfThoseThatAreThere) {
  Members shell(detecting(4, 25));
  shell.hosts({false, false, true, true});
  eject(shell, 0);
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
  EXPECT_EQ(shell.control.stats(0)->overflow, 1U);
  shell.hosts({false, false, false, false});
  eject(shell, 0);
  EXPECT_EQ(shell.control.active_ejections(0), 1U);
}

TEST(ControlMembers, ResultsOfWhoHasGoneEjectNobody) {
  Members shell(detecting(2, 100));
  fail(shell, 1, 4);
  shell.hosts({false, true});
  eject(shell, 1);
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
  shell.pass(10s);  // a sweep forgets them
  shell.hosts({false, false});
  fail(shell, 1, 4);
  shell.end_turn();
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
}

// The merge window is for changes of health alone.
TEST(ControlMembers, WhoComesIsToldAtOnceWithWhatWaited) {
  Members shell(detecting(3, 100));
  eject(shell, 0);
  shell.now += 100ms;
  eject(shell, 1);  // waits for the window
  EXPECT_FALSE(is_out(shell, 1));
  shell.hosts({false, false, true});
  EXPECT_TRUE(is_out(shell, 1));
}

Plan checked(std::size_t hosts) {
  Plan plan(hosts);
  plan.cluster().update_merge_window = 0s;
  HealthCheck& check = plan.cluster().health_checks.emplace_back();
  check.timeout = 1s;
  check.interval = 5s;
  check.unhealthy_threshold = check.healthy_threshold = 1;
  check.kind = HttpCheck{};
  return plan;
}

bool fails_checks(const Shell& shell, std::uint32_t host) {
  return shell.worker.cluster(0)->hosts[host].health.has(HealthFlag::kFailedActiveHc);
}
void pass_check(Shell& shell, std::uint32_t check) {
  shell.event([&] {
    shell.control.on_check_response(check, {.status = 200, .headers = {}}, true, shell.now);
  });
}

TEST(ControlMembers, WhoComesPassesItsChecksFirst) {
  Members shell(checked(2));
  shell.hosts({false, true});
  EXPECT_FALSE(shell.control.ready());  // of the first it does not know
  pass_check(shell, 0);
  EXPECT_TRUE(shell.control.ready());
  EXPECT_EQ(shell.control.checked(0)->healthy, 1U);
  shell.hosts({false, false});
  EXPECT_TRUE(fails_checks(shell, 1));
  pass_check(shell, 1);
  EXPECT_FALSE(fails_checks(shell, 1));
  EXPECT_EQ(shell.control.checked(0)->healthy, 2U);
  shell.hosts({true, false});
  EXPECT_EQ(shell.control.checked(0)->healthy, 1U);
  EXPECT_EQ(shell.control.checked(0)->checkers[0].stats.healthy, 1U);
}

// Sweeps of the new cluster keep to the grid that began with it, as it is made.
TEST(ControlMembers, AClusterThatChangesIsKnownAnew) {
  Successive shell(detecting(2, 100), detecting(2, 100));
  const auto fail_new = [&](int times) {
    for (int i = 0; i < times; ++i)
      shell.control.on_host_result(1, 2, HostResult::kExternalFailure, 500, shell.now);
    shell.event([] {});
    shell.end_turn();
  };
  eject(shell, 0);
  EXPECT_EQ(shell.control.active_ejections(0), 1U);
  shell.pass(3s);
  shell.change();
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
  eject(shell, 1);  // late results of the old one
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
  shell.pass(4s);
  shell.take();
  fail_new(4);
  EXPECT_EQ(shell.control.active_ejections(1), 0U);
  fail_new(1);
  EXPECT_EQ(shell.control.active_ejections(1), 1U);
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, "arm sweep k1 +6000"), lines.end()) << lines.front();
}

TEST(ControlMembers, LateResultsOfAClusterThatWasNotKnownArmNothing) {
  Successive shell(detecting(2, 100), detecting(2, 100));
  shell.change();
  shell.take();
  eject(shell, 0);
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
  for (const std::string& line : shell.take()) EXPECT_FALSE(line.starts_with("arm")) << line;
}

}  // namespace
}  // namespace squall::policies
