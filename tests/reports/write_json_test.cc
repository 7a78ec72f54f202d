#include "reports/write_json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "reports/report.pb.h"

namespace squall::reports {
namespace {

TEST(Json, EmptyReportHasEveryField) {
  EXPECT_EQ(to_json(RunReport()), R"({
  "schema_version": 0,
  "scenario": "",
  "seed": 0,
  "duration_s": 0,
  "warmup_s": 0,
  "verdict": "",
  "expectations": [],
  "loads": [],
  "edges": [],
  "workloads": [],
  "endpoints": [],
  "timeline": [],
  "runs": [],
  "series": {
    "step_s": 0,
    "loads": {},
    "edges": {}
  },
  "events": 0,
  "notes": [],
  "causes": []
}
)");
}

TEST(Json, CountsAreNumbersKeysSortedAndOptionalsLeftOut) {
  Load load;
  load.set_name("a \"b\"\n\x01\xff");
  load.set_requests(std::numeric_limits<std::uint64_t>::max());
  load.set_rate_per_s(200.1);
  load.mutable_latency_s()->set_p99(0.1 + 0.2);
  load.mutable_latency_s()->set_p50(0);
  (*load.mutable_status())["503"] = 86;
  (*load.mutable_status())["0"] = 1;
  (*load.mutable_status())["200"] = 31925;
  EXPECT_EQ(to_json(load), R"({
  "name": "a \"b\"\n\u0001)"
                           "\xef\xbf\xbd"
                           R"(",
  "kind": "",
  "requests": 18446744073709551615,
  "rate_per_s": 200.1,
  "goodput_per_s": 0,
  "attempts": 0,
  "latency_s": {
    "p50": 0,
    "p99": 0.30000000000000004
  },
  "status": {
    "0": 1,
    "200": 31925,
    "503": 86
  },
  "flags": {},
  "unfinished": 0,
  "failed": 0,
  "failed_flags": {}
}
)");
}

TEST(Json, ListsStayOnALineAndHaveNullForNothing) {
  SeriesSet series;
  series.set_step_s(1);
  LoadSeries& load = (*series.mutable_loads())["x"];
  load.add_requests(2);
  load.add_requests(0);
  load.add_p99_s(1e-7);
  load.add_p99_s(std::numeric_limits<double>::quiet_NaN());
  const std::string text = to_json(series);
  EXPECT_NE(text.find("\"requests\": [2, 0]"), std::string::npos) << text;
  EXPECT_NE(text.find("\"p99_s\": [1e-07, null]"), std::string::npos) << text;
  EXPECT_NE(text.find("\"p50_s\": []"), std::string::npos) << text;
}

TEST(Json, ReadsBack) {
  RunReport report;
  report.set_schema_version(1);
  report.add_loads()->set_name("ünï");
  report.add_edges();
  report.add_workloads()->mutable_queue()->set_mean(0.1);
  report.add_expectations()->set_ok(true);
  report.add_notes("one");
  const auto json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json["loads"][0]["name"], "ünï");
  EXPECT_EQ(json["edges"][0]["overflows"]["pending"], 0);
  EXPECT_EQ(json["workloads"][0]["queue"]["mean"], 0.1);
  EXPECT_FALSE(json["expectations"][0].contains("value"));
  EXPECT_FALSE(json["edges"][0].contains("success_ratio"));
}

}  // namespace
}  // namespace squall::reports
