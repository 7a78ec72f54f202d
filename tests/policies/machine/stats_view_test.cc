// What the admin page tells of connections and responses, by who and what they were.
#include "policies/machine/stats_view.h"

#include <gtest/gtest.h>

#include <map>

#include "policies/exchange.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

std::map<std::string, std::uint64_t> stats_of(const Shell& shell) {
  std::map<std::string, std::uint64_t> all;
  for (const NamedStat& stat : policies::stats_of(shell.worker, shell.control))
    EXPECT_TRUE(all.emplace(stat.name, stat.value).second) << stat.name;
  return all;
}

TEST(StatsView, AllIsThereBeforeTheFirstRequest) {
  Plan plan;
  plan.cluster().outlier.emplace();
  plan.listener.filters.emplace_back().config = FaultConfig{};
  plan.listener.filters.emplace_back().config = AdmissionControlConfig{};
  for (int i = 0; i < 2; ++i)  // one name, told once
    plan.listener.filters.emplace_back().config = LocalRateLimitConfig{};
  Shell shell(plan);
  const auto before = stats_of(shell);
  EXPECT_EQ(before.at("cluster.backend.upstream_rq_total"), 0U);
  EXPECT_EQ(before.at("cluster.backend.membership_healthy"),
            shell.worker.configuration().epoch.clusters[0].hosts.size());
  EXPECT_EQ(before.at("cluster.backend.outlier_detection.ejections_enforced_total"), 0U);
  shell.request();
  shell.connect(0);
  shell.respond(0);
  for (const auto& [name, value] : stats_of(shell)) {
    const bool of_its_status = name.find("upstream_rq_2") != std::string::npos ||
                               name == "cluster.backend.external.upstream_rq_completed";
    EXPECT_TRUE(before.contains(name) || of_its_status) << name;
  }
}

/// "local remote" of connections that ended, then of those with a request on them.
std::string ends_of(Shell& shell) {
  auto stats = stats_of(shell);
  const std::string prefix = "cluster.backend.upstream_cx_destroy";
  EXPECT_EQ(stats[prefix], stats[prefix + "_local"] + stats[prefix + "_remote"]);
  EXPECT_EQ(stats[prefix + "_with_active_rq"],
            stats[prefix + "_local_with_active_rq"] + stats[prefix + "_remote_with_active_rq"]);
  return fmt::format("{} {}, {} {}", stats[prefix + "_local"], stats[prefix + "_remote"],
                     stats[prefix + "_local_with_active_rq"],
                     stats[prefix + "_remote_with_active_rq"]);
}

TEST(StatsView, WhoEndedAConnectionAndWithWhatOnIt) {
  const auto after = [](const auto& happens, Protocol protocol = Protocol::kHttp1) {
    Plan plan;
    plan.cluster().protocol = protocol;
    Shell shell(plan);
    shell.request();
    shell.connect(0);
    happens(shell);
    return ends_of(shell);
  };
  const ResponseHead closing{.headers = {}, .closes_connection = true};
  EXPECT_EQ(after([&](Shell& shell) { shell.respond(0, closing); }), "1 0, 0 0");
  EXPECT_EQ(after([&](Shell& shell) { shell.leave(0); }), "1 0, 1 0");
  EXPECT_EQ(after([&](Shell& shell) { shell.leave(0); }, Protocol::kHttp2), "0 0, 0 0");
  EXPECT_EQ(after([&](Shell& shell) { shell.close(0); }), "0 1, 0 1");
  EXPECT_EQ(after([&](Shell& shell) { shell.close(0); }, Protocol::kHttp2), "0 1, 0 1");
  const auto answered = [&](Shell& shell) { shell.respond(0), shell.close(0); };
  EXPECT_EQ(after(answered), "0 1, 0 0");
  const auto broken = [&](Shell& shell) {
    shell.event([&] {
      shell.worker.on_closed(shell.worker.connection_id(0), ResetReason::kProtocolError, shell.now,
                             true);
    });
    EXPECT_EQ(shell.stat(Stat::kCxProtocolError), 1U);
  };
  EXPECT_EQ(after(broken), "1 0, 1 0");
  Shell refused{Plan()};
  refused.request();
  refused.refuse(0);
  EXPECT_EQ(ends_of(refused), "0 1, 0 0");
}

TEST(StatsView, WhyAConnectionTakesNoMoreIsCounted) {
  Plan plan;
  plan.cluster().max_connection_duration = 1s;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.respond(0, ResponseHead{.headers = {}, .closes_connection = true});
  EXPECT_EQ(shell.stat(Stat::kCxCloseNotify), 1U);
  shell.request();
  shell.connect(0);
  shell.respond(0);
  shell.pass(2s);
  EXPECT_EQ(shell.stat(Stat::kCxMaxDurationReached), 1U);
  EXPECT_EQ(ends_of(shell), "2 0, 0 0");
  Plan two;
  two.cluster().protocol = Protocol::kHttp2;
  Shell other(two);
  other.request();
  other.connect(0);
  other.event([&] { other.worker.on_goaway(other.worker.connection_id(0)); });
  EXPECT_EQ(other.stat(Stat::kCxCloseNotify), 1U);
}

/// One request, answered so.
void serve(Shell& shell, const RequestHead& head, const ResponseHead& response) {
  shell.request(head);
  if (shell.gauges().pending > 0) shell.connect(0);
  shell.respond(0, response);
}

TEST(StatsView, ResponsesAreToldApart) {
  Plan plan(1);
  plan.cluster().hosts[0].locality.zone = "there";
  Epoch epoch = plan.epoch();
  epoch.locality.zone = "here";
  Shell shell(std::move(epoch));
  const HeaderField canary[] = {{"x-envoy-upstream-canary", "true"}};
  serve(shell, {}, {.headers = {}});
  serve(shell, {.authority = {}, .headers = {}, .internal = true}, {.status = 404, .headers = {}});
  serve(shell, {}, {.headers = canary});
  auto stats = stats_of(shell);
  const std::string prefix = "cluster.backend.";
  EXPECT_EQ(stats[prefix + "external.upstream_rq_200"], 2U);
  EXPECT_EQ(stats[prefix + "internal.upstream_rq_404"], 1U);
  EXPECT_EQ(stats[prefix + "internal.upstream_rq_4xx"], 1U);
  EXPECT_EQ(stats[prefix + "internal.upstream_rq_completed"], 1U);
  EXPECT_EQ(stats[prefix + "canary.upstream_rq_completed"], 1U);
  EXPECT_EQ(stats[prefix + "zone.here.there.upstream_rq_completed"], 3U);
  EXPECT_EQ(stats[prefix + "upstream_rq_completed"], 3U);
}

TEST(StatsView, AHostMayBeACanary) {
  Plan plan(1);
  plan.cluster().hosts[0].canary = true;
  Shell shell(plan);
  serve(shell, {}, {.headers = {}});
  EXPECT_EQ(stats_of(shell)["cluster.backend.canary.upstream_rq_200"], 1U);
}

TEST(StatsView, AResponseThatIsTriedAgainCountsApart) {
  Plan plan;
  plan.forward.retry = retries_on("5xx");
  Shell shell(plan);
  serve(shell, {}, {.status = 503, .headers = {}});
  shell.pass(1s);
  shell.respond(0, 503);
  auto stats = stats_of(shell);
  EXPECT_EQ(stats["cluster.backend.retry.upstream_rq_503"], 1U);
  EXPECT_EQ(stats["cluster.backend.retry.upstream_rq_completed"], 1U);
  EXPECT_EQ(stats["cluster.backend.upstream_rq_503"], 1U);
}

TEST(StatsView, VirtualClustersCountTheirRequests) {
  Plan plan;
  plan.virtual_host.name = "shop";
  HeaderMatch post;
  post.name = ":method";
  post.kind = HeaderMatch::Kind::kString;
  post.text.value = "POST";
  plan.virtual_host.virtual_clusters.list = {{.name = "post", .headers = {post}}};
  plan.forward.retry = retries_on("5xx");
  Shell shell(plan);
  EXPECT_EQ(stats_of(shell)["vhost.shop.vcluster.post.upstream_rq_total"], 0U);
  serve(shell, {.method = "POST", .authority = {}, .headers = {}}, {.status = 503, .headers = {}});
  shell.pass(1s);
  shell.respond(0, 503);
  EXPECT_EQ(virtual_cluster_name(shell.worker, shell.worker.request(0)), "post");
  serve(shell, {}, {.headers = {}});
  EXPECT_EQ(virtual_cluster_name(shell.worker, shell.worker.request(0)), "other");
  auto stats = stats_of(shell);
  const std::string prefix = "vhost.shop.vcluster.";
  EXPECT_EQ(stats[prefix + "post.upstream_rq_total"], 2U);
  EXPECT_EQ(stats[prefix + "post.upstream_rq_503"], 1U);
  EXPECT_EQ(stats[prefix + "post.upstream_rq_retry"], 1U);
  EXPECT_EQ(stats[prefix + "post.upstream_rq_retry_limit_exceeded"], 1U);
  EXPECT_EQ(stats[prefix + "other.upstream_rq_total"], 1U);
  EXPECT_EQ(stats[prefix + "other.upstream_rq_2xx"], 1U);
}

}  // namespace
}  // namespace squall::policies
