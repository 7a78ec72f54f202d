// What a live Envoy 1.40 makes of load reports, header by header.
#include "policies/lb/load_report.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace squall::policies::lb {
namespace {

constexpr std::string_view kHeader = "endpoint-load-metrics", kBinary = "endpoint-load-metrics-bin";
using Weight = std::optional<std::uint32_t>;

Weight weight(std::string_view value, std::vector<std::string> metrics = {}, double penalty = 0,
              std::string_view name = kHeader) {
  ClientWeighted config;
  config.utilization_metrics = std::move(metrics);
  config.error_utilization_penalty = penalty;
  const HeaderField field{name, value};
  return reported_weight(config, {&field, 1});
}

/// A text report of 100 requests a second that says so much more.
Weight text(std::string_view more, std::vector<std::string> metrics = {}, double penalty = 0) {
  return weight("TEXT rps_fractional=100," + std::string(more), std::move(metrics), penalty);
}

TEST(LoadReport, TheWeightIsRateOverUtilizationAndErrors) {
  EXPECT_EQ(text("cpu_utilization=0.5"), 200U);
  EXPECT_EQ(text("application_utilization=0.25,cpu_utilization=0.5"), 400U);
  EXPECT_EQ(text("cpu_utilization=1.5"), 66U);
  EXPECT_EQ(text("eps=50,cpu_utilization=0.5"), 200U);  // there is no penalty by default
  EXPECT_EQ(text("eps=50,cpu_utilization=0.5", {}, 1), 100U);
  EXPECT_EQ(weight("TEXT cpu_utilization=0.5"), Weight());
  EXPECT_EQ(text(""), Weight());
  EXPECT_EQ(weight("TEXT rps_fractional=0.3,cpu_utilization=0.5"), 0U);
  EXPECT_EQ(weight("TEXT rps_fractional=1e300,cpu_utilization=1e-300"), ~0U);
}

TEST(LoadReport, TheConfiguredMetricsComeFirst) {
  const std::vector<std::string> both = {"named_metrics.q", "mem_utilization"};
  EXPECT_EQ(text("named_metrics.q=0.1,application_utilization=0.2,cpu_utilization=0.5", both),
            1000U);
  EXPECT_EQ(text("named_metrics.q=0.1,mem_utilization=0.4,cpu_utilization=0.5", both), 250U);
  EXPECT_EQ(text("named_metrics.q=0,application_utilization=0.2,cpu_utilization=0.5", both), 500U);
  EXPECT_EQ(text("named_metrics.a=0.1,named_metrics.b=0.2", {"named_metrics.*"}), 500U);
  EXPECT_EQ(text("utilization.u=1.6,cpu_utilization=0.1", {"utilization.u"}), 62U);
  EXPECT_EQ(text("utilization.u=0.1,cpu_utilization=0.5", {"utilization.v", "unknown"}), 200U);
}

TEST(LoadReport, TextIsReadAsALiveEnvoyReadsIt) {
  EXPECT_EQ(weight("TEXT rps_fractional:100,cpu_utilization:0.25"), 400U);
  EXPECT_EQ(text(" cpu_utilization=0.25"), 400U);
  EXPECT_EQ(text("cpu_utilization=0.25,"), 400U);
  EXPECT_EQ(text(", ,cpu_utilization=0.8"), 125U);
  EXPECT_EQ(weight("TEXT  rps_fractional= 1e2 ,cpu_utilization=+0.25"), 400U);
  EXPECT_EQ(weight("TEXT rps_fractional=0x10,cpu_utilization=0.5"), 32U);
  for (const std::string tiny : {"1e-400", "1E-400", "0x1p-2000"})
    EXPECT_EQ(text("cpu_utilization=" + tiny + ",application_utilization=0.7"), 142U) << tiny;
}

TEST(LoadReport, OneThatIsBrokenIsNone) {
  for (const std::string_view more :
       {"cpu_utilization=0.5,foo=1", "cpu_utilization=0.5,cpu_utilization=0.3",
        "cpu_utilization=nan", "cpu_utilization=inf", "cpu_utilization=0.5,eps=1e400",
        "cpu_utilization=", "cpu_utilization=0.5,eps=-5", "cpu_utilization=1e400",
        "cpu_utilization==0.5", "cpu_utilization:=0.5", "cpu_utilization =0.5",
        "cpu_utilization=0.5,=3", "cpu_utilization=0.5,named_metrics.=3",
        "cpu_utilization=0.5,request_cost.a=1", "cpu_utilization=0.5,mem", "rps=3"})
    EXPECT_EQ(text(more), Weight()) << more;
  for (const std::string_view value :
       {"rps_fractional=100,cpu_utilization=0.25", "text rps_fractional=100,cpu_utilization=0.25",
        "TEXT", "TEXT ", "JSON", "BIN", ""})
    EXPECT_EQ(weight(value), Weight()) << value;
  EXPECT_EQ(reported_weight({}, {}), Weight());
}

TEST(LoadReport, JsonIsThatOfTheMessage) {
  const std::vector<std::string> all = {"named_metrics.q", "utilization.u", "mem_utilization"};
  EXPECT_EQ(weight(R"(JSON {"rps_fractional":100,"cpu_utilization":0.5})"), 200U);
  EXPECT_EQ(weight(R"(JSON  {"rpsFractional":"100","cpuUtilization":0.5})"), 200U);
  EXPECT_EQ(
      weight(R"(JSON {"rpsFractional":100,"namedMetrics":{"q":0.1},"utilization":{"u":0.2}})", all),
      500U);
  EXPECT_EQ(weight(R"(JSON {"rps_fractional":100,"cpu_utilization":null,"rps":3,)"
                   R"("request_cost":{"a":1},"mem_utilization":0.3})",
                   all),
            333U);
  EXPECT_EQ(weight(R"(JSON {"rps_fractional":100,"cpu_utilization":0.5,"eps":-7})"), 200U);
  EXPECT_EQ(weight(R"(JSON {"rps_fractional":"NaN","cpu_utilization":0.5})"), 0U);
  EXPECT_EQ(weight(R"(JSON {"rps_fractional":100,"cpu_utilization":0.5,"foo":1})"), Weight());
  EXPECT_EQ(weight(R"(JSON {"rps_fractional":100)"), Weight());
  EXPECT_EQ(weight(R"(JSON {"rps_fractional":100,"cpu_utilization":0.5} x)"), Weight());
}

TEST(LoadReport, TheBinaryHeaderGoesBeforeTheOther) {
  constexpr std::string_view kHalf = "MQAAAAAAAFlACQAAAAAAAOA/";  // 100 a second, half of the CPU
  EXPECT_EQ(weight(kHalf, {}, 0, kBinary), 200U);
  EXPECT_EQ(weight("BIN " + std::string(kHalf)), 200U);
  const HeaderField both[] = {{kHeader, "JSON {"}, {kBinary, kHalf}};
  EXPECT_EQ(reported_weight({}, both), 200U);
  // With maps, and a field of a number that no reader needs.
  EXPECT_EQ(weight("MQAAAAAAAFlACQAAAAAAAOA/KgwKAXURmpmZmZmZyT9CDAoBcRGamZmZmZm5PxgH",
                   {"named_metrics.q", "utilization.u"}, 0, kBinary),
            500U);
  EXPECT_EQ(weight("MQAAAAAAAFlACTMzMzMzM9M/KAE=", {}, 0, kBinary), 333U);
  EXPECT_EQ(weight("MQAAAAAAAFlACTMzMzMzM9M/KAE", {}, 0, kBinary), 333U);  // without its padding
  for (const std::string_view value :
       {"", "!!!", "MQAAAAAAAFlACQAAAAAAAOA_", "MQAAAAAAAFlACQAAAAAAAOA", "A", "=",
        "MQAAAAAAAFlACTMzMzMzM9M/CWZmZmZmZtY/eA==", "MQAAAAAAAFlACTMzMzMzM9M/CWZmZmZmZta/"})
    EXPECT_EQ(weight(value, {}, 0, kBinary), Weight()) << value;
  EXPECT_EQ(weight("BIN  " + std::string(kHalf)), Weight());
}

}  // namespace
}  // namespace squall::policies::lb
