#include "reports/report_schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/report.pb.h"
#include "reports/test_report.pb.h"
#include "reports/write_json.h"

namespace squall::reports {
namespace {

using Json = nlohmann::json;

/// As much of draft-07 as the schema uses.
void expect_valid(const Json& value, const Json& schema, const Json& root,
                  const std::string& path) {
  if (schema.contains("$ref")) {
    const std::string name = schema["$ref"].get<std::string>().substr(sizeof("#/definitions/") - 1);
    return expect_valid(value, root["definitions"][name], root, path);
  }
  const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
  bool fits = false;
  for (const std::string type : types) {
    fits = fits || (type == "object" && value.is_object()) ||
           (type == "array" && value.is_array()) || (type == "string" && value.is_string()) ||
           (type == "boolean" && value.is_boolean()) ||
           (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number()) || (type == "null" && value.is_null());
  }
  EXPECT_TRUE(fits) << path << " " << value << " " << types;
  for (const std::string name : schema.value("required", Json::array())) {
    EXPECT_TRUE(value.contains(name)) << path << "." << name;
  }
  if (value.is_array()) {
    for (const Json& item : value) expect_valid(item, schema["items"], root, path + "[]");
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items()) {
    const bool named = schema.contains("properties") && schema["properties"].contains(name);
    ASSERT_TRUE(named || schema.contains("additionalProperties")) << path << "." << name;
    expect_valid(member, named ? schema["properties"][name] : schema["additionalProperties"], root,
                 path + "." + name);
  }
}

TEST(ReportSchema, DescribesWhatTheWriterWrites) {
  RunReport report;
  report.add_expectations()->set_text("a");
  report.add_loads()->mutable_latency_s()->set_p99(1);
  (*report.mutable_loads(0)->mutable_status())["200"] = 1;
  report.add_edges();
  report.add_workloads();
  report.add_endpoints()->add_ejections();
  report.add_timeline();
  report.add_runs();
  (*report.mutable_series()->mutable_loads())["a"].add_p50_s(
      std::numeric_limits<double>::quiet_NaN());
  report.add_notes("n");
  const Json schema = Json::parse(report_schema());
  EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(schema["properties"]["loads"]["items"]["$ref"], "#/definitions/Load");
  EXPECT_FALSE(schema["definitions"]["Latency"].contains("required"));
  expect_valid(Json::parse(to_json(report)), schema, schema, "report");
}

TEST(ReportSchema, DescribesWhatTheWriterWritesOfTests) {
  TestReport report;
  TestResult& test = *report.add_tests();
  test.add_expectations()->set_text("a");
  test.add_runs();
  test.add_findings("f");
  test.add_timeline();
  test.add_problems();
  const Json schema = Json::parse(test_report_schema());
  EXPECT_EQ(schema["title"], "What tests of squall found");
  EXPECT_EQ(schema["properties"]["tests"]["items"]["$ref"], "#/definitions/TestResult");
  expect_valid(Json::parse(to_json(report)), schema, schema, "report");
}

}  // namespace
}  // namespace squall::reports
