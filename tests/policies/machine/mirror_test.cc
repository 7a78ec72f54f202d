// Mirrored copies of requests.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

/// Cluster 0 with a mirror to cluster 1, of one host each.
Epoch mirrored(std::uint32_t percent = 100) {
  Plan plan;
  MirrorPolicy& mirror = plan.forward.mirrors.emplace_back();
  mirror.cluster = "copy";
  mirror.fraction.numerator = percent;
  plan.forward.timeout = 100ms;
  Epoch epoch = plan.epoch();
  epoch.clusters.push_back(epoch.clusters[0]);
  epoch.clusters[1].name = "copy";
  return epoch;
}

TEST(Mirror, ACopyIsARequestOfItsOwnWhoseAnswerGoesNowhere) {
  Shell shell(mirrored());
  shell.request();
  EXPECT_EQ(shell.take(),
            (Lines{"open c0 h0", "arm connect c0 +5000", "arm global r0 +100", "mirror r1 of r0",
                   "open c1 h1", "arm connect c1 +5000", "arm global r1 +100"}));
  shell.connect(0);
  shell.connect(1);
  shell.respond(0);
  shell.take();
  shell.respond(1, 503);
  EXPECT_EQ(shell.take(),
            (Lines{"arm idle c1 +3600000", "cancel global r1", "log r1 503 - via_upstream"}));
  EXPECT_EQ(shell.gauges(1).requests, 0U);
}

TEST(Mirror, TheShareIsTakenByTheRequestsOwnNumber) {
  for (const auto& [random, mirrors] : {std::pair{24U, true}, {25U, false}}) {
    Shell shell(mirrored(25));
    shell.request({}, true, random);
    EXPECT_EQ(shell.worker.cluster(1) != nullptr, mirrors) << random;
  }
}

TEST(Mirror, ACopyThatItsClusterTurnsAwayCountsThere) {
  const auto internal_503s = [](const Shell& shell) {
    std::uint64_t sum = 0;
    shell.worker.cluster(1)->stats.responses.visit([&](ResponseKind kind, std::uint64_t count) {
      if (kind.status == 503 && kind.internal) sum += count;
    });
    return sum;
  };
  Epoch maintained = mirrored();
  maintained.clusters[1].maintenance_percent = 100;
  Shell shell(std::move(maintained));
  shell.request();
  EXPECT_EQ(shell.stat(Stat::kRqMaintenanceMode, 1), 1U);
  EXPECT_EQ(internal_503s(shell), 1U);
  Epoch dropped = mirrored();
  dropped.clusters[1].drop_overload.numerator = 100;
  Shell other(std::move(dropped));
  other.request();
  EXPECT_EQ(other.stat(Stat::kRqMaintenanceMode, 1), 0U);
  EXPECT_EQ(internal_503s(other), 1U);
}

/// As a live Envoy 1.40: the main route's criteria are of its own clusters.
TEST(Mirror, ACopyAsksForNoSubsetOfItsCluster) {
  Plan plan;
  plan.cluster().hosts[0].lb_metadata = {{"v", "1"}};
  plan.cluster().subsets.emplace().selectors.emplace_back().keys = {"v"};
  plan.forward.metadata_match.pairs = {{"v", "1"}};
  plan.forward.mirrors.emplace_back().cluster = "copy";
  Epoch epoch = plan.epoch();
  ClusterConfig& copy = epoch.clusters.emplace_back(epoch.clusters[0]);
  copy.name = "copy";
  copy.subsets->fallback = SubsetFallback::kAnyEndpoint;
  Shell shell(std::move(epoch));
  shell.request();
  EXPECT_EQ(shell.take(),
            (Lines{"open c0 h0", "arm connect c0 +5000", "arm global r0 +15000", "mirror r1 of r0",
                   "open c1 h1", "arm connect c1 +5000", "arm global r1 +15000"}));
}

/// As a live Envoy 1.40: its limits are those of the default priority.
TEST(Mirror, ACopyHasTheDefaultPriority) {
  Epoch epoch = mirrored();
  std::get<Forward>(epoch.listeners[0].routes.hosts[0].routes[0].action).high_priority = true;
  epoch.clusters[1].thresholds[0].max_pending_requests = 0;
  Shell shell(std::move(epoch));
  shell.request();
  EXPECT_EQ(shell.worker.cluster(0)->stats.get(Stat::kRqPendingOverflow), 0U);
  EXPECT_EQ(shell.worker.cluster(1)->stats.get(Stat::kRqPendingOverflow), 1U);
}

TEST(Mirror, NoCopyGoesToAClusterInMaintenance) {
  Epoch epoch = mirrored();
  epoch.clusters[1].maintenance_percent = 100;
  Shell shell(std::move(epoch));
  shell.request();
  EXPECT_EQ(shell.worker.requests().live(), 1U);
  EXPECT_EQ(shell.worker.cluster(1)->stats.get(Stat::kRqMaintenanceMode), 1U);
}

TEST(Mirror, ACopyTakesTheBodyPieceByPiece) {
  Shell shell(mirrored());
  shell.request({}, false);
  shell.connect(1);
  shell.take();
  shell.body(0, 5, false);
  EXPECT_EQ(shell.take(), (Lines{"mirror body r1 of r0", "send a1 5 replayed"}));
  shell.body(0, 5, true);
  EXPECT_EQ(shell.take(), (Lines{"arm global r0 +100", "mirror body r1 of r0",
                                 "send a1 5 replayed end", "arm global r1 +100"}));
}

TEST(Mirror, ACopyEndsWithARequestThatIsNeverComplete) {
  Shell shell(mirrored());
  shell.request({}, false);
  shell.connect(1);
  shell.take();
  shell.leave(0);
  EXPECT_EQ(shell.gauges(1).requests, 0U);
  EXPECT_EQ(shell.worker.cluster(1)->gauges[0].pending, 0U);
}

/// A request that is mirrored to its own cluster, of so many hosts, and tried again once.
Plan mirrored_to_itself(std::size_t hosts) {
  Plan plan(hosts);
  plan.forward.mirrors.emplace_back().cluster = "backend";
  plan.forward.retry = retries_on("reset,connect-failure", 1);
  plan.forward.retry->previous_hosts = true;
  plan.forward.retry->host_selection_max_attempts = 20;
  return plan;
}

TEST(Mirror, ACopyInTheQueueThatFailsEndsWithItsRequest) {
  const std::string failed =
      "r0 503 URX,UF upstream_reset_before_response_started{remote_connection_failure|"
      "delayed_connect_error:_Connection_refused}";
  Shell shell(mirrored_to_itself(2));
  shell.request({}, false);
  shell.refuse(0);
  shell.pass(1s);  // the second attempt waits behind the copy
  shell.take();
  shell.refuse(1);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c1", "answer " + failed, "log r1 0 - ",
                                 "release r0", "log " + failed}));
  EXPECT_EQ(shell.gauges().pending, 0U);
  EXPECT_EQ(shell.gauges().pools, 1U);  // there is a connection more on its way
  shell.refuse(0);
  EXPECT_EQ(shell.gauges().pools, 0U);
  EXPECT_EQ(shell.stat(Stat::kRqPendingFailureEject), 2U);
  EXPECT_EQ(shell.stat(Stat::kRqCancelled), 1U);
}

TEST(Mirror, ACopyOnTheConnectionThatClosesEndsWithItsRequest) {
  Plan plan = mirrored_to_itself(1);
  plan.cluster().protocol = Protocol::kHttp2;
  plan.cluster().max_requests_per_connection = 3;
  Shell shell(plan);
  shell.request({}, false);
  shell.connect(0);
  shell.reset(0, ResetReason::kRemoteReset);
  shell.pass(1s);  // the second attempt is the last that the connection takes
  shell.take();
  shell.close(0);
  const std::string failed =
      "r0 503 URX,UC upstream_reset_before_response_started{connection_termination}";
  EXPECT_EQ(shell.take(),
            (Lines{"answer " + failed, "log r1 0 - ", "release r0", "log " + failed}));
  EXPECT_EQ(shell.gauges().connections + shell.gauges().pools + shell.gauges().requests, 0U);
  EXPECT_EQ(shell.stat(Stat::kCxDestroy), 1U);
}

TEST(Mirror, ACopyOutlivesItsRequest) {
  Shell shell(mirrored());
  shell.request();
  shell.connect(0);
  shell.connect(1);
  shell.respond(0);
  EXPECT_EQ(shell.gauges(1).requests, 1U);
  shell.pass(100ms);
  EXPECT_EQ(shell.gauges(1).requests, 0U);
  EXPECT_EQ(shell.stat(Stat::kRqTimeout, 1), 1U);
}

TEST(Mirror, ACopyThatCannotBeSentIsGivenUpBeyondTheBufferLimit) {
  Epoch epoch = mirrored();
  epoch.listeners[0].buffer_limit_bytes = 10;
  Shell shell(std::move(epoch));
  shell.request({}, false);
  shell.connect(0);
  shell.body(0, 11, false);
  EXPECT_EQ(shell.gauges(1).pending, 0U);
  EXPECT_EQ(shell.stat(Stat::kRetryOrShadowAbandoned, 1), 1U);
  EXPECT_FALSE(shell.worker.request(0).ended);
}

/// As the request goes upstream; nobody's cluster is passed over.
TEST(Mirror, AHeaderMayNameTheCluster) {
  Epoch epoch = mirrored();
  auto& forward = std::get<Forward>(epoch.listeners[0].routes.hosts[0].routes[0].action);
  forward.mirrors[0].cluster.clear();
  forward.mirrors[0].cluster_header = "x-mirror";
  Epoch added = epoch;
  added.listeners[0].routes.hosts[0].headers.request_add = {{.name = "x-mirror", .value = "copy"}};
  Shell shell(std::move(epoch));
  const HeaderField good{"x-mirror", "copy"}, bad{"x-mirror", "nobody"};
  shell.request({.authority = "a", .headers = {&bad, 1}});
  shell.request();
  EXPECT_EQ(shell.worker.requests().live(), 2U);
  shell.request({.authority = "a", .headers = {&good, 1}});
  EXPECT_EQ(shell.worker.requests().live(), 4U);
  Shell other(std::move(added));
  other.request();
  EXPECT_EQ(other.worker.requests().live(), 2U);
}

/// A body that a filter has waited for is let go once its copies have it, too.
TEST(Mirror, ACopyHasTheBodyThatAFilterWaitedFor) {
  Epoch epoch = mirrored();
  epoch.listeners[0].filters.push_back(
      {.name = "buffer", .config = BufferConfig{.max_request_bytes = 10}});
  epoch.index();
  Shell shell(std::move(epoch));
  const auto post = [&] {
    const std::uint32_t request = shell.request({}, false);
    shell.take();
    shell.body(request, 7, true);
  };
  post();
  EXPECT_EQ(shell.take(),
            (Lines{"open c0 h0", "arm connect c0 +5000", "arm global r0 +100", "mirror r1 of r0",
                   "open c1 h1", "arm connect c1 +5000", "arm global r1 +100"}));
  shell.connect(0);  // only now its stream has the body
  EXPECT_EQ(shell.take(),
            (Lines{"cancel connect c0", "start a0 c0", "send a0 7 replayed end", "release r0"}));
  shell.connect(1);
  shell.respond(0);
  shell.respond(1);
  shell.take();
  post();
  EXPECT_EQ(shell.take(),
            (Lines{"start a1 c0", "send a1 7 replayed end", "arm global r1 +100", "mirror r0 of r1",
                   "start a0 c1", "send a0 7 replayed end", "arm global r0 +100", "release r1"}));
}

}  // namespace
}  // namespace squall::policies
