#include "policies/downstream_stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

std::uint64_t value(const DownstreamStats& stats, const std::string& name) {
  std::vector<NamedStat> list;
  stats.append_to(list);
  const auto at = std::ranges::find(list, "http.p." + name, &NamedStat::name);
  EXPECT_NE(at, list.end()) << name;
  return at == list.end() ? 0 : at->value;
}
DownstreamStats fresh() {
  DownstreamStats stats;
  stats.prefix = "p";
  return stats;
}
/// The worker's request 0 has ended.
DownstreamStats after(const Shell& shell) {
  DownstreamStats stats = fresh();
  stats.on_request_end(shell.worker, shell.worker.request(0));
  return stats;
}

TEST(DownstreamStats, ConnectionsAreCountedByWhoClosedThem) {
  DownstreamStats stats = fresh();
  for (int i = 0; i < 4; ++i) stats.on_connection();
  stats.on_protocol(false);
  stats.on_protocol(true);
  stats.on_connection_end(true, false);
  stats.on_connection_end(true, true);
  stats.on_connection_end(false, true);
  EXPECT_EQ(value(stats, "downstream_cx_total"), 4U);
  EXPECT_EQ(value(stats, "downstream_cx_active"), 1U);
  EXPECT_EQ(value(stats, "downstream_cx_http1_total"), 1U);
  EXPECT_EQ(value(stats, "downstream_cx_http2_total"), 1U);
  EXPECT_EQ(value(stats, "downstream_cx_destroy"), 3U);
  EXPECT_EQ(value(stats, "downstream_cx_destroy_local"), 1U);
  EXPECT_EQ(value(stats, "downstream_cx_destroy_remote"), 2U);
  EXPECT_EQ(value(stats, "downstream_cx_destroy_active_rq"), 2U);
  EXPECT_EQ(value(stats, "downstream_cx_destroy_local_active_rq"), 1U);
  EXPECT_EQ(value(stats, "downstream_cx_destroy_remote_active_rq"), 1U);
}

TEST(DownstreamStats, ResponsesAreCountedByTheirClassAndWhetherTheyCameEarly) {
  DownstreamStats stats = fresh();
  for (int i = 0; i < 3; ++i) stats.on_request(false);
  stats.on_request(true);
  stats.on_response(200, true, false);
  stats.on_response(307, false, false);
  stats.on_response(404, false, true);
  stats.on_response(503, true, false);
  EXPECT_EQ(value(stats, "downstream_rq_total"), 4U);
  EXPECT_EQ(value(stats, "downstream_rq_http1_total"), 3U);
  EXPECT_EQ(value(stats, "downstream_rq_http2_total"), 1U);
  EXPECT_EQ(value(stats, "downstream_rq_active"), 4U);
  for (const char* one : {"2xx", "3xx", "4xx", "5xx"})
    EXPECT_EQ(value(stats, std::string("downstream_rq_") + one), 1U);
  EXPECT_EQ(value(stats, "downstream_rq_completed"), 4U);
  EXPECT_EQ(value(stats, "downstream_rq_response_before_rq_complete"), 2U);
  EXPECT_EQ(value(stats, "downstream_rq_rx_reset"), 1U);  // over HTTP/1.1 the rest cannot be read
}

TEST(DownstreamStats, RequestsThatAreNotTakenAreCountedByWhy) {
  DownstreamStats stats = fresh();
  stats.on_refusal(Reception::kBadPath);
  stats.on_refusal(Reception::kMovedPath);
  stats.on_refusal(Reception::kNoPath);
  stats.on_refusal(Reception::kNoHost);
  stats.on_late(Details::kRequestHeader);
  stats.on_late(Details::kRequestOverall);
  stats.on_late(Details::kStreamIdle);
  stats.on_late(Details::kMaxDuration);
  for (const char* one :
       {"failed_path_normalization", "redirected_with_normalized_path", "non_relative_path",
        "header_timeout", "timeout", "idle_timeout", "max_duration_reached"})
    EXPECT_EQ(value(stats, std::string("downstream_rq_") + one), 1U) << one;
  EXPECT_EQ(value(stats, "rq_total"), 0U);
}

TEST(DownstreamStats, TheRouterCountsWhatReachesIt) {
  Shell served{Plan()};
  served.request();
  served.connect(0);
  served.respond(0);
  EXPECT_EQ(value(after(served), "rq_total"), 1U);
  EXPECT_EQ(value(after(served), "rq_direct_response"), 0U);
  Shell left{Plan()};
  left.request();
  left.leave(0);
  EXPECT_EQ(value(after(left), "downstream_rq_rx_reset"), 1U);
  Plan plan;
  plan.forward.clusters[0].cluster = "gone";
  Shell lost{plan};
  lost.request();
  EXPECT_EQ(value(after(lost), "no_cluster"), 1U);
}

TEST(DownstreamStats, AnswersWithoutAnUpstreamHaveCountersOfTheirOwn) {
  Plan plan;
  Epoch epoch = plan.epoch();
  epoch.listeners[0].routes.hosts[0].routes[0].action = DirectResponse{.status = 200, .body = ""};
  Shell direct{std::move(epoch)};
  direct.request();
  EXPECT_EQ(value(after(direct), "rq_direct_response"), 1U);
  EXPECT_EQ(value(after(direct), "rq_redirect"), 0U);
  Epoch empty = plan.epoch();
  empty.listeners[0].routes.hosts[0].routes.clear();
  Shell nowhere{std::move(empty)};
  nowhere.request();
  EXPECT_EQ(value(after(nowhere), "no_route"), 1U);
  EXPECT_EQ(value(after(nowhere), "rq_total"), 1U);
}

}  // namespace
}  // namespace squall::policies
