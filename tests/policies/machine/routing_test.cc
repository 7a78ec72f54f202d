// What a request gets of its route, its virtual host, its caller and its cluster.
#include <gtest/gtest.h>

#include "policies/exchange.h"
#include "tests/policies/machine/retry_steps.h"

namespace squall::policies {
namespace {

HashPolicy by_header(std::string name) {
  HashPolicy policy;
  policy.kind = HashPolicy::Kind::kHeader;
  policy.name = std::move(name);
  return policy;
}

TEST(Routing, AClustersRetryPolicyComesFirst) {
  Plan plan;
  plan.forward.retry = at_once("5xx", 3);
  plan.virtual_host.retry = at_once("5xx", 4);
  plan.cluster().retry = at_once("reset", 1);
  Shell shell(plan);
  start(shell);
  shell.respond(0, 503);
  EXPECT_EQ(shell.take().back(), "log r0 503 - via_upstream");
  shell.request();
  shell.reset(0, ResetReason::kRemoteReset);
  EXPECT_EQ(shell.take().back(), "arm backoff r0 +0");
}

TEST(Routing, ButItsTimeoutsAreTheRoutes) {
  Plan plan;
  plan.cluster().retry = at_once("5xx");
  plan.cluster().retry->per_try_timeout = 10ms;
  plan.cluster().retry->per_try_idle_timeout = 10ms;
  Shell without(plan);
  start(without);
  without.pass(100ms);
  EXPECT_EQ(without.take(), Lines{});
  plan.forward.retry = at_once("reset");
  plan.forward.retry->per_try_timeout = 50ms;
  Shell shell(plan);
  start(shell);
  shell.pass(50ms);
  EXPECT_EQ(shell.stat(Stat::kRqPerTryTimeout), 1U);
  EXPECT_EQ(shell.stat(Stat::kRqRetry), 1U);
}

/// A head that is known by number gets what it got before, and what may differ is not taken along.
TEST(Routing, AClustersConditionsAreAskedForEachRequest) {
  Plan plan;
  plan.cluster().retry = at_once("5xx");
  HeaderMatch& wanted = plan.cluster().retry->request_headers.emplace_back();
  wanted.name = "x-retry";
  const HeaderField fields[] = {{"x-retry", "1"}};
  Shell shell(plan);
  for (const bool asks : {true, false, true}) {
    RequestHead head;
    head.known_as = 1;
    if (asks) head.headers = fields;
    shell.request(head);
    EXPECT_EQ(shell.worker.request(0).retriable, asks);
    shell.leave(0);
  }
}

TEST(Routing, ACallersHeadersChangeTheClustersPolicy) {
  Plan plan;
  plan.cluster().retry = at_once("5xx", 1);
  plan.forward.retry = at_once("reset", 2);
  Shell shell(plan);
  const HeaderField fields[] = {{"x-envoy-max-retries", "3"}};
  RequestHead head;
  head.internal = true;
  head.headers = fields;
  shell.request(head);
  const Request& request = shell.worker.request(0);
  EXPECT_EQ(request.retry_policy->on, retry_on::k5xx);
  EXPECT_EQ(request.retry_policy->num_retries, 3U);
}

TEST(Routing, AClustersHashPoliciesComeFirst) {
  Plan plan(8);
  plan.cluster().lb = LbPolicy::kMaglev;
  plan.cluster().hash_policies.push_back(by_header("x-cluster"));
  plan.forward.hash_policies.push_back(by_header("x-route"));
  Shell shell(plan);
  const auto host = [&](std::string_view of_cluster, std::string_view of_route) {
    const HeaderField fields[] = {{"x-cluster", of_cluster}, {"x-route", of_route}};
    RequestHead head;
    head.headers = fields;
    const std::uint32_t id = shell.request(head);
    const std::uint32_t picked = shell.worker.request(id).last_host;
    shell.leave(id);
    return picked;
  };
  bool spread = false;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(host("same", std::to_string(i)), host("same", "x"));
    spread = spread || host(std::to_string(i), "x") != host("same", "x");
  }
  EXPECT_TRUE(spread);
}

TEST(Routing, AClustersMirrorsComeFirst) {
  Plan plan;
  plan.forward.mirrors.emplace_back().cluster = "of-route";
  plan.cluster().mirrors.emplace_back().cluster = "of-cluster";
  plan.cluster().mirrors[0].host_suffix = false;
  plan.clusters.push_back(cluster_named("of-route", 1));
  plan.clusters.push_back(cluster_named("of-cluster", 1));
  plan.forward.clusters.front().cluster = "backend";
  Shell shell(plan);
  shell.request();
  EXPECT_EQ(shell.worker.cluster(1), nullptr);
  ASSERT_NE(shell.worker.cluster(2), nullptr);
  KeptRequest received, out;
  received.authority = "a.test";
  HeaderEdits edits;
  mirrored_request(shell.worker, 1, 0, received, edits, out);
  EXPECT_EQ(out.authority, "a.test");
}

TEST(Routing, AHeaderThatIsCheckedStrictlyIsRefusedBeforeMaintenance) {
  Plan plan;
  plan.cluster().maintenance_percent = 100;
  plan.listener.strict_checks = {Details::kInvalidMaxRetries};
  const HeaderField fields[] = {{"x-envoy-max-retries", "x"}, {"x-envoy-retry-on", "x"}};
  KeptRequest received;
  received.internal = true;
  received.path = "/";
  received.headers.assign(std::begin(fields), std::end(fields));
  Shell shell(plan);
  shell.request(received.view());
  EXPECT_EQ(shell.take().back(),
            "log r0 400 IH request_headers_failed_strict_check{x-envoy-max-retries}");
  EXPECT_EQ(shell.worker.request(0).attempt_count, 0U);
  KeptResponse response;
  local_reply(shell.worker, 0, received, shell.now, response);
  EXPECT_EQ(response.body, "invalid header 'x-envoy-max-retries' with value 'x'");
  shell.request();
  EXPECT_EQ(shell.take().back(), "log r0 503 UO maintenance_mode");
}

TEST(Routing, AClusterThatDropsOverloadSaysSo) {
  Plan plan;
  plan.cluster().drop_overload.numerator = 100;
  plan.forward.retry = at_once("5xx", 3);
  const KeptRequest received = [] {
    KeptRequest request;
    request.path = "/";
    return request;
  }();
  Shell all(plan);
  all.request(received.view());
  EXPECT_EQ(all.take().back(), "log r0 503 UDO unconditional_drop_overload");
  EXPECT_EQ(all.stat(Stat::kRqTotal), 0U);
  KeptResponse response;
  local_reply(all.worker, 0, received, all.now, response);
  EXPECT_EQ(response.body, "unconditional drop overload");
  EXPECT_TRUE(find_header(response.headers, "x-envoy-unconditional-drop-overload"));
  EXPECT_FALSE(find_header(response.headers, "x-envoy-overloaded"));
  plan.cluster().drop_overload = {
      .numerator = 999'999, .denominator = 1'000'000, .runtime_key = {}};
  Shell most(plan);
  most.request(received.view());
  EXPECT_EQ(most.take().back(), "log r0 503 DO drop_overload");
  local_reply(most.worker, 0, received, most.now, response);
  EXPECT_EQ(response.body, "drop overload");
  EXPECT_TRUE(find_header(response.headers, "x-envoy-drop-overload"));
}

TEST(Routing, WhatIsAnsweredHereIsNotChecked) {
  Plan plan;
  plan.listener.strict_checks = {Details::kInvalidMaxRetries};
  plan.routes.emplace_back().action = DirectResponse{};
  const HeaderField fields[] = {{"x-envoy-max-retries", "x"}};
  RequestHead head;
  head.internal = true;
  head.headers = fields;
  Shell shell(plan);
  shell.request(head);
  EXPECT_EQ(shell.take().back(), "log r0 200 - direct_response");
}

}  // namespace
}  // namespace squall::policies
