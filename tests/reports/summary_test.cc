#include "reports/summary.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "reports/findings.h"
#include "reports/flags.h"

namespace squall::reports {
namespace {

void set_latency(Latency& latency, double p50, double p90, double p99, double max) {
  latency.set_p50(p50);
  latency.set_p90(p90);
  latency.set_p99(p99);
  latency.set_max(max);
}

void add_load(RunReport& report) {
  Load& load = *report.add_loads();
  load.set_name("shoppers");
  load.set_requests(32011);
  load.set_rate_per_s(200.1);
  load.set_goodput_per_s(199.5);
  load.set_success_ratio(1 - 86.0 / 32011);
  load.set_failed(86);
  (*load.mutable_failed_flags())["UO"] = 80;
  (*load.mutable_failed_flags())["URX,UF"] = 6;
  (*load.mutable_status())["200"] = 31925;
  (*load.mutable_status())["503"] = 86;
  (*load.mutable_flags())["-"] = 31925;
  (*load.mutable_flags())["UO"] = 80;
  (*load.mutable_flags())["URX,UF"] = 6;
  set_latency(*load.mutable_latency_s(), 0.0521, 0.0902, 0.2, 3);
}

void add_edge(RunReport& report) {
  Edge& edge = *report.add_edges();
  edge.set_source("checkout-service.shop");
  edge.set_service("payment-service.shop");
  edge.set_subset("v2");
  edge.set_destination("payment-service.shop");
  edge.set_requests(100);
  edge.set_attempts(150);
  edge.set_retries(50);
  edge.set_duplicates(1);
  edge.set_ejections(2);
  edge.set_success_ratio(0.9);
  edge.set_failed(10);
  (*edge.mutable_failed_flags())["UT"] = 8;
  edge.mutable_overflows()->set_pending(7);
  (*edge.mutable_status())["200"] = 90;
  (*edge.mutable_status())["504"] = 10;
  (*edge.mutable_flags())["UT"] = 8;
  (*edge.mutable_flags())["DI"] = 5;  // of requests that were answered
  set_latency(*edge.mutable_latency_s(), 0.00085, 0.01, 3, 3);
  report.add_edges()->set_source("unused");
}

RunReport sample() {
  RunReport report;
  report.set_scenario("payment-slow");
  report.set_seed(1);
  report.set_duration_s(180);
  report.set_warmup_s(20);
  report.set_verdict("fail");
  report.add_runs()->set_seed(1);
  Expectation& held = *report.add_expectations();
  held.set_text("success{load=\"shoppers\"} >= 99%");
  held.set_ok(true);
  held.set_value(0.9973);
  held.set_figure("99.73%");
  Expectation& failed = *report.add_expectations();
  failed.set_text("p99{load=\"shoppers\"}[60s:120s] < 3.2s");
  failed.set_value(5.2);
  failed.set_figure("5.20 s");
  failed.set_why("is 5.2s, wanted < 3.2s");
  add_load(report);
  add_edge(report);
  Workload& workload = *report.add_workloads();
  workload.set_name("payment-service.shop");
  workload.set_replicas(4);
  workload.set_ready_min(3);
  workload.set_requests(150);
  workload.set_utilization(0.98);
  workload.set_shed(3);
  workload.mutable_queue()->set_mean(2.345);
  workload.mutable_queue()->set_max(12);
  workload.set_in_system_mean(18.2);
  workload.mutable_scaling()->set_replicas_min(4);
  workload.mutable_scaling()->set_replicas_max(8);
  const std::pair<double, const char*> seen[] = {{61.2, "web-0.shop"}, {61.204, "web-1.shop"}};
  for (const auto& [at, by] : seen) {
    Happening& ejected = *report.add_timeline();
    ejected.set_at_s(at);
    ejected.set_what("ejected");
    ejected.set_who("payment-service-0.shop");
    ejected.set_why(std::string("consecutive_5xx, seen by ") + by);
  }
  report.add_causes("payment-service.shop takes mutual TLS only, and its caller has no sidecar");
  report.add_notes("attempts counts those begun");
  return report;
}

// What someone on call reads; a change of it is a change of the product.
TEST(Summary, ReadsAsWritten) {
  std::ifstream file("tests/reports/summary.txt");
  ASSERT_TRUE(file) << "run from the root of the sources";
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(summary(sample(), Color::kNever), golden);
}

TEST(Summary, TellsOfConnectionsThatUsersHold) {
  RunReport report;
  Load& load = *report.add_loads();
  load.set_name("users");
  load.set_requests(100);
  load.set_failed(9);
  (*load.mutable_status())["0"] = 6;
  (*load.mutable_status())["503"] = 3;
  load.mutable_connections()->set_opened(40);
  load.mutable_connections()->set_failed(2);
  load.mutable_connections()->set_lost(50);  // those of the warm-up, too
  const std::string text = summary(report, Color::kNever);
  for (const char* line : {"load users: 9 of 100 requests failed (9.00%): 6 as their connection "
                           "was lost or not made, 3 "
                           "answered with an error\n",
                           "load users: 50 connections were closed by others\n",
                           "\n  users: 40 connections made, 2 not made, 50 closed by others\n"})
    EXPECT_TRUE(text.contains(line)) << text;
  load.clear_connections();
  EXPECT_TRUE(summary(report, Color::kNever).contains(": 6 reset without an answer, 3 answered"));
}

TEST(Summary, ACauseThatHurtNobodySaysSo) {
  RunReport report;
  report.add_causes("the certificates of app have expired");
  report.add_causes("no route of VirtualService app takes GET app/: 404 NR");
  Load& load = *report.add_loads();
  load.set_name("x");
  load.set_requests(10);
  const std::string text = summary(report, Color::kNever);
  EXPECT_TRUE(text.contains("have expired; no request failed of it\n")) << text;
  EXPECT_TRUE(text.contains("404 NR\n")) << text;
  load.set_failed(1);
  EXPECT_TRUE(summary(report, Color::kNever).contains("have expired\n"));
}

/// Users who wait for answers ask less of what is slow: their figures are not those of arrivals.
TEST(Summary, SaysWhichLoadsAreClosed) {
  RunReport report;
  Load& open = *report.add_loads();
  open.set_name("arrivals");
  open.set_kind("open");
  Load& closed = *report.add_loads();
  closed.set_name("users");
  closed.set_kind("closed");
  const std::string text = summary(report, Color::kNever);
  EXPECT_NE(text.find("\n  arrivals         "), std::string::npos) << text;
  EXPECT_NE(text.find("\n  users (closed)  "), std::string::npos) << text;
}

/// A verdict heeds expectations alone, so its line says what else a reader must know.
TEST(Summary, AVerdictDoesNotHideWhatWasLost) {
  const auto head = [](std::uint64_t failed, std::uint64_t unfinished, bool expected) {
    RunReport report;
    report.set_scenario("s");
    report.set_verdict("pass");
    if (expected) report.add_expectations()->set_ok(true);
    Load& load = *report.add_loads();
    load.set_requests(50);
    load.set_failed(failed);
    load.set_unfinished(unfinished);
    const std::string text = summary(report, Color::kNever);
    return text.substr(0, text.find("  seed"));
  };
  EXPECT_EQ(head(0, 0, true), "s  PASS");
  EXPECT_EQ(head(9, 0, true), "s  PASS");
  EXPECT_EQ(head(9, 20, true), "s  PASS; 20 of 50 requests never answered");
  EXPECT_EQ(head(0, 0, false), "s  PASS, nothing expected");
  EXPECT_EQ(head(50, 0, false), "s  PASS, nothing expected; 50 of 50 requests failed");
  EXPECT_EQ(head(9, 20, false),
            "s  PASS, nothing expected; 20 of 50 requests never answered; 9 of 50 requests failed");
}

TEST(Summary, ColoursChangeNoColumn) {
  std::string colored = summary(sample(), Color::kAlways);
  EXPECT_NE(colored.find("\x1b[31mFAIL\x1b[0m"), std::string::npos);
  for (std::size_t at; (at = colored.find('\x1b')) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) + 1 - at);
  }
  EXPECT_EQ(colored, summary(sample(), Color::kNever));
}

TEST(Summary, SaysThatNothingIsWrong) {
  RunReport report;
  report.set_scenario("calm");
  report.set_seed(7);
  report.set_duration_s(60);
  report.set_verdict("pass");
  EXPECT_EQ(summary(report, Color::kNever), R"(calm  PASS, nothing expected  seed 7, 60 s

WHAT STANDS OUT
  nothing: every request succeeded and no limit was reached
)");
}

/// The part below "WHAT STANDS OUT" of a run in which requests waited at a workload.
std::string stands_out(double queue_mean, double in_system_mean) {
  RunReport report;
  report.set_verdict("pass");
  Workload& db = *report.add_workloads();
  db.set_name("db.default");
  db.set_requests(1000);
  db.mutable_queue()->set_mean(queue_mean);
  db.mutable_queue()->set_max(509);
  db.set_in_system_mean(in_system_mean);
  db.mutable_latency_s()->set_mean(1);
  const std::string text = summary(report, Color::kNever);
  const std::size_t from = text.find("OUT\n") + 4;
  return text.substr(from, text.find("\n\n", from) - from);
}

TEST(Summary, WaitingIsNamedWithItsTime) {
  // Little: in the system L = 60 and waiting Lq = 45 at the same rate, so 3/4 of the second there.
  EXPECT_EQ(
      stands_out(45, 60),
      "  - db: requests waited 750 ms of 1.00 s on average for a free slot or core, at most 509 "
      "at once");
}

TEST(Summary, ALittleWaitingIsNoFindingAndNotUnsaid) {
  EXPECT_EQ(
      stands_out(1, 60),
      "  nothing: every request succeeded and no limit refused one; at most 509 waited at once, "
      "at db");
}

TEST(Summary, SeveralRunsAreJudgedOneByOne) {
  RunReport report;
  report.set_verdict("fail");
  report.set_seed(1);
  for (int seed = 1; seed <= 9; ++seed) {
    auto& one = *report.add_runs();
    one.set_seed(static_cast<std::uint64_t>(seed));
    one.set_verdict(seed == 4 || seed == 8 || seed == 9 ? "fail" : "pass");
  }
  EXPECT_NE(summary(report, Color::kNever).find(R"(
SEEDS  6 of 9 pass by themselves
  fail        4, 8, 9
  pass        1 to 3, 5 to 7
)"),
            std::string::npos);
}

TEST(Summary, LongListsAreCutAndSaySo) {
  RunReport report = sample();
  for (int i = 0; i < 100; ++i) {
    *report.add_edges() = report.edges(0);
    report.add_timeline()->set_who("pod-" + std::to_string(i));
  }
  const std::string text = summary(report, Color::kNever);
  EXPECT_NE(text.find("... and 71 more calls; --format json has all"), std::string::npos) << text;
  EXPECT_NE(text.find("... and 76 more happenings; --format json has all"), std::string::npos);
  EXPECT_NE(text.find("more findings"), std::string::npos);
}

TEST(Summary, OneThatIsLeftOutIsOne) {
  RunReport report = sample();
  while (report.edges_size() < 32) *report.add_edges() = report.edges(0);  // one of them is unused
  EXPECT_NE(summary(report, Color::kNever).find("... and 1 more call; --format json has all"),
            std::string::npos);
}

TEST(Names, AreShortOnlyWhereOneNamespaceIsUsed) {
  RunReport report = sample();
  const Names one(report);
  EXPECT_EQ(one("web-0.shop"), "web-0");
  EXPECT_EQ(one.in_text("seen by web-0.shop, and x.shopping"), "seen by web-0, and x.shopping");
  EXPECT_EQ(one.edge(report.edges(0)), "checkout-service -> payment-service (v2)");
  report.add_workloads()->set_name("mail.other");
  const Names two(report);
  EXPECT_EQ(two("web-0.shop"), "web-0.shop");
}

TEST(Flags, HaveWords) {
  EXPECT_EQ(flag_in_words("UT"), "the request timed out");
  EXPECT_EQ(flag_in_words("XX"), "");
}

TEST(Text, DurationsHaveThreeDigits) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(850e-9), "850 ns");
  EXPECT_EQ(duration_text(812.4e-6), "812 µs");
  EXPECT_EQ(duration_text(0.9996e-3), "1.00 ms");
  EXPECT_EQ(duration_text(0.0521), "52.1 ms");
  EXPECT_EQ(duration_text(0.09996), "100 ms");
  EXPECT_EQ(duration_text(3), "3.00 s");
  EXPECT_EQ(duration_text(181), "181 s");
}

TEST(Text, PercentagesDoNotRoundFailuresAway) {
  EXPECT_EQ(percent_text(1), "100%");
  EXPECT_EQ(percent_text(0.99999), ">99.99%");
  EXPECT_EQ(percent_text(0.9973), "99.73%");
  EXPECT_EQ(percent_text(0.00001), "<0.01%");
  EXPECT_EQ(percent_text(0), "0%");
}

TEST(Text, TablesAlignByCharacters) {
  Table table({{"", Table::Align::kLeft}, {"n"}, {"words", Table::Align::kLeft}});
  table.add({{"µ"}, {"10"}, {"a"}});
  table.add({{"long"}, {""}, {"b"}});
  table.add({{"x"}});
  EXPECT_EQ(table.render(Color::kNever),
            "         n  words\n"
            "  µ     10  a\n"
            "  long      b\n"
            "  x\n");
}

}  // namespace
}  // namespace squall::reports
