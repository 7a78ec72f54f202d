#include "reports/diff_text.h"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

void put(std::string_view name, double before, double after, std::string_view verdict,
         google::protobuf::RepeatedPtrField<ComparedMetric>& out) {
  ComparedMetric& metric = *out.Add();
  metric.set_metric(std::string(name));
  metric.set_before(before);
  metric.set_after(after);
  metric.set_difference(after - before);
  metric.set_verdict(std::string(verdict));
  metric.set_identical(before == after);
  metric.add_interval(after - before - 0.001);
  metric.add_interval(after - before + 0.001);
}

DiffReport report() {
  DiffReport report;
  report.set_scenario("shop");
  report.set_verdict("worse");
  report.set_seed(3);
  report.set_runs(5);
  report.set_duration_s(60);
  report.set_intervals_of("seeds");
  ComparedLoad& load = *report.add_loads();
  load.set_name("users");
  put("success_ratio", 0.99, 0.85, "worse", *load.mutable_metrics());
  put("p99_s", 0.2, 0.2, "same", *load.mutable_metrics());
  ComparedEdge& edge = *report.add_edges();
  edge.set_source("web.shop");
  edge.set_service("db.shop");
  edge.set_destination("db.shop");
  put("p50_s", 0.1, 0.2, "worse", *edge.mutable_metrics());
  put("retries", 30, 0, "different", *edge.mutable_metrics());
  report.add_workloads()->set_name("web.shop");
  ChangedResource& resource = *report.add_resources();
  resource.set_resource("VirtualService shop/db");
  resource.set_change("changed");
  resource.set_before_file("a.yaml");
  resource.set_before_line(7);
  resource.set_after_file("b.yaml");
  resource.set_after_line(1);
  ChangedField& field = *resource.add_fields();
  field.set_path("spec.http[0].retries.attempts");
  field.set_before("3");
  ComparedRequests& requests = *report.add_requests();
  requests.set_load("users");
  requests.set_compared(500);
  requests.set_changed(70);
  FateChange& fate = *requests.add_fates();
  fate.set_before("200");
  fate.set_after("503 UC");
  fate.set_requests(70);
  ChangedRequest& one = *report.add_changed_requests();
  one.set_load("users");
  one.set_at_s(12.5);
  one.set_before("200");
  one.set_after("503 UC");
  one.set_first_difference("web -> db, attempt 1: retried; after: not retried");
  return report;
}

TEST(DiffText, SaysWhatDiffersAndCountsTheRest) {
  EXPECT_EQ(diff_summary(report(), Color::kNever),
            R"(shop  WORSE  5 runs of each side, seeds 3 to 7, 60 s
intervals: 95 %, of the differences seed by seed (Student's t)

WHAT WAS CHANGED
  VirtualService shop/db changed  a.yaml:7 -> b.yaml:1
    spec.http[0].retries.attempts: 3 -> (not there)

LOADS
         figure         before   after  difference       95 % interval  verdict
  users  success_ratio  99.00%  85.00%     -14.00%  -14.10% to -13.90%  worse
  the same: 1 figure exactly, 0 within the interval

CALLS
             figure   before  after  difference   95 % interval  verdict
  web -> db  retries      30      0         -30  -30.0 to -30.0  different
  ... and 1 more figure; --format json has all
  the same: 0 figures exactly, 0 within the interval

REQUESTS THAT ENDED OTHERWISE
  users: 70 of 500
          70  200 -> 503 UC

THE FIRST DECISION THAT DIFFERED  of some of them
  users at 12.500 s: 200 -> 503 UC
    web -> db, attempt 1: retried; after: not retried
)");
}

TEST(DiffText, NothingChangedSaysSo) {
  DiffReport same;
  same.set_scenario("shop");
  same.set_verdict("same");
  same.set_runs(1);
  same.set_intervals_of("batches");
  const std::string text = diff_summary(same, Color::kNever);
  EXPECT_NE(text.find("shop  SAME  1 run of each side, seed 0"), std::string::npos) << text;
  EXPECT_NE(text.find("WHAT WAS CHANGED  nothing"), std::string::npos) << text;
  EXPECT_NE(text.find("twenty batches"), std::string::npos) << text;
}

}  // namespace
}  // namespace squall::reports
