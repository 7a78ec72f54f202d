#include "policies/outlier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/policies/outlier_fixture.h"
#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

TEST(Outlier, DefaultsAreEnvoys) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"defaults", "success_rate_threshold", "success_rate_flow",
                                   "failure_percentage_flow", "consecutive", "timeout_codes",
                                   "max_ejection_percent", "ejection_timeline", "max_ejection_time",
                                   "jitter"}));
  const json& d = rows(vectors, "defaults", 25);
  const OutlierDetection c;
  EXPECT_EQ(to_ms(c.interval), d["interval_ms"]);
  EXPECT_EQ(to_ms(c.base_ejection_time), d["base_ejection_time_ms"]);
  EXPECT_EQ(c.max_ejection_time, std::max<Duration>(300s, c.base_ejection_time));
  EXPECT_EQ(to_ms(c.max_ejection_time_jitter), d["max_ejection_time_jitter_ms"]);
  const std::pair<const char*, std::uint32_t> numbers[] = {
      {"consecutive_5xx", c.consecutive_5xx},
      {"enforcing_consecutive_5xx", c.enforcing_consecutive_5xx},
      {"consecutive_gateway_failure", c.consecutive_gateway_failure},
      {"enforcing_consecutive_gateway_failure", c.enforcing_consecutive_gateway_failure},
      {"consecutive_local_origin_failure", c.consecutive_local_origin_failure},
      {"enforcing_consecutive_local_origin_failure", c.enforcing_consecutive_local_origin_failure},
      {"success_rate_minimum_hosts", c.success_rate_minimum_hosts},
      {"success_rate_request_volume", c.success_rate_request_volume},
      {"success_rate_stdev_factor", c.success_rate_stdev_factor},
      {"enforcing_success_rate", c.enforcing_success_rate},
      {"enforcing_local_origin_success_rate", c.enforcing_local_origin_success_rate},
      {"failure_percentage_threshold", c.failure_percentage_threshold},
      {"failure_percentage_minimum_hosts", c.failure_percentage_minimum_hosts},
      {"failure_percentage_request_volume", c.failure_percentage_request_volume},
      {"enforcing_failure_percentage", c.enforcing_failure_percentage},
      {"enforcing_failure_percentage_local_origin", c.enforcing_failure_percentage_local_origin},
      {"max_ejection_percent", c.max_ejection_percent},
  };
  for (const auto& [name, value] : numbers) EXPECT_EQ(value, d[name]) << name;
  EXPECT_EQ(c.always_eject_one_host, d["always_eject_one_host"]);
  EXPECT_EQ(c.split_external_local_origin_errors, d["split_external_local_origin_errors"]);
  EXPECT_EQ(c.successful_active_health_check_uneject_host,
            d["successful_active_health_check_uneject_host"]);
}

TEST(Outlier, TriggersThatAreNotEnforcedFireAtEachThreshold) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const json& row = vectors["success_rate_flow"];
  Detection detection(5);
  detection.config.enforcing_consecutive_5xx = 0;
  detection.config.max_ejection_percent = 100;
  int fired = 0;
  for (int i = 0; i < 200; ++i) {
    const auto outcomes = detection.code(4, 503);
    for (const Ejection outcome : outcomes) EXPECT_EQ(outcome, Ejection::kNotEnforced);
    fired += detection.monitors[4].consecutive_5xx == 0;
  }
  EXPECT_EQ(fired, row["consecutive_trigger_count_when_not_enforced"]);
}

TEST(Outlier, ConsecutiveFailuresEject) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : rows(vectors, "consecutive", 2)) {
    Detection detection(1);
    OutlierDetection& config = detection.config;
    config.max_ejection_percent = row["max_ejection_percent"];
    config.enforcing_consecutive_5xx = row.value("enforcing_consecutive_5xx", 100u);
    config.enforcing_consecutive_gateway_failure =
        row.value("enforcing_consecutive_gateway_failure", 0u);
    int ejected_after = -1, detected_after = -1;
    for (int i = 0; i < static_cast<int>(row["codes"].size()); ++i) {
      for (const Ejection outcome : detection.code(0, row["codes"][static_cast<std::size_t>(i)])) {
        if (outcome == Ejection::kEjected) ejected_after = i;
        if (outcome == Ejection::kNotEnforced && detected_after < 0) detected_after = i;
      }
    }
    EXPECT_EQ(ejected_after, row["ejected_after_index"]) << row["source"];
    replayed(vectors);
    if (row.contains("detected_5xx_after_index")) {
      EXPECT_EQ(detected_after, row["detected_5xx_after_index"]);
      replayed(vectors);
    }
  }
}

TEST(Outlier, TimeoutsCountByTheirCode) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& fact : rows(vectors["timeout_codes"], "facts", 3)) {
    Detection detection(1);
    detection.config.max_ejection_percent = 100;
    const std::uint32_t code = fact["code"].is_null() ? 0 : fact["code"].get<std::uint32_t>();
    for (int i = 0; i < fact["count"].get<int>(); ++i) {
      detection.result(0, HostResult::kLocalTimeout, code);
    }
    EXPECT_EQ(detection.monitors[0].ejected, fact["ejected"]) << fact;
  }
}

TEST(Outlier, ShareOfEjectedHostsIsCapped) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : rows(vectors, "max_ejection_percent", 4)) {
    Detection detection(row["hosts"]);
    detection.config.max_ejection_percent = row["max_ejection_percent"];
    detection.config.always_eject_one_host = row["always_eject_one_host"];
    std::uint32_t overflows = 0;
    for (std::uint32_t host = 0; host < row["hosts"].get<std::uint32_t>(); ++host) {
      overflows += detection.eject(host) == Ejection::kOverflow;
    }
    EXPECT_EQ(detection.cluster.active_ejections, row["ejected"]) << row["source"];
    replayed(vectors);
    if (row.contains("ejections_overflow")) {
      EXPECT_EQ(overflows, row["ejections_overflow"]);
      replayed(vectors);
    }
  }
}

TEST(Outlier, JitterIsDrawnUpToItsMaximum) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : rows(vectors, "jitter", 2)) {
    Detection detection(1);
    detection.config.max_ejection_percent = 100;
    detection.config.max_ejection_time_jitter =
        std::chrono::milliseconds(row["max_ejection_time_jitter_ms"]);
    detection.eject(0, ms(100), {0, row.value("random", std::uint64_t{77})});
    EXPECT_EQ(to_ms(detection.monitors[0].since - ms(100)), row["jitter_ms"]);
    if (row.contains("random")) replayed(vectors);
  }
}

TEST(Outlier, EnforcementIsDrawnPerDetection) {
  Detection detection(1);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_consecutive_5xx = 50;
  EXPECT_EQ(detection.eject(0, {}, {.enforce = 150, .jitter = 0}), Ejection::kNotEnforced);
  EXPECT_EQ(detection.monitors[0].detections, 1u);
  EXPECT_EQ(detection.eject(0, {}, {.enforce = 249, .jitter = 0}), Ejection::kEjected);
  EXPECT_EQ(detection.monitors[0].detections, 2u);
}

TEST(Outlier, ATriggerOnAnEjectedHostIsIgnoredAndItsCounterRunsOn) {
  Detection detection(1);
  detection.config.max_ejection_percent = 100;
  detection.eject(0);
  for (int i = 0; i < 5; ++i) {
    const auto outcomes = detection.code(0, 500);
    ASSERT_EQ(outcomes.size(), i == 4 ? 1u : 0u);
    for (const Ejection outcome : outcomes) EXPECT_EQ(outcome, Ejection::kIgnored);
  }
  EXPECT_EQ(detection.monitors[0].consecutive_5xx, 5u);
  EXPECT_TRUE(detection.code(0, 500).empty());  // beyond the threshold, nothing more
}

TEST(Outlier, UnejectedHostStartsWithCleanCounters) {
  Detection detection(1);
  detection.config.max_ejection_percent = 100;
  detection.code(0, 500);
  detection.eject(0);
  uneject(detection.cluster, detection.monitors[0], ms(5));
  EXPECT_EQ(detection.monitors[0].consecutive_5xx, 0u);
  EXPECT_FALSE(detection.monitors[0].ejected);
  EXPECT_EQ(detection.cluster.active_ejections, 0u);
}

TEST(Outlier, ConnectFailuresCountAsGatewayFailuresWithoutSplit) {
  Detection detection(1);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_consecutive_gateway_failure = 100;
  for (int i = 0; i < 5; ++i) detection.result(0, HostResult::kLocalConnectFailed);
  EXPECT_TRUE(detection.monitors[0].ejected);
  EXPECT_EQ(detection.monitors[0].external.total, 5u);
  EXPECT_EQ(detection.monitors[0].local.total, 0u);
}

TEST(Outlier, ConnectSuccessIsNoNewsWithoutSplit) {
  Detection detection(1);
  detection.result(0, HostResult::kLocalConnectSuccess);
  EXPECT_EQ(detection.monitors[0].external.total, 0u);
  detection.result(0, HostResult::kExternalFailure);
  EXPECT_EQ(detection.monitors[0].consecutive_5xx, 1u);
  detection.result(0, HostResult::kLocalConnectSuccessFinal);
  EXPECT_EQ(detection.monitors[0].consecutive_5xx, 0u);
}

TEST(Outlier, SplitLocalOriginIsResetByEachConnection) {
  Detection detection(1);
  detection.config.max_ejection_percent = 100;
  detection.config.split_external_local_origin_errors = true;
  for (int i = 0; i < 20; ++i) {
    detection.result(0, HostResult::kLocalConnectSuccess);
    detection.result(0, HostResult::kLocalTimeout, 504);
  }
  EXPECT_FALSE(detection.monitors[0].ejected);
  EXPECT_EQ(detection.monitors[0].external.total, 0u);
  EXPECT_EQ(detection.monitors[0].local.total, 40u);
  EXPECT_EQ(detection.monitors[0].local.success, 20u);
  for (int i = 0; i < 4; ++i) detection.result(0, HostResult::kLocalTimeout, 504);
  EXPECT_TRUE(detection.monitors[0].ejected);
}

TEST(Outlier, GrpcStatusCountsAsItsHttpCode) {
  // As google/rpc/code.proto maps them.
  static constexpr std::uint16_t kMapped[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                              400, 409, 400, 501, 500, 503, 500, 401};
  for (std::uint32_t status = 0; status < std::size(kMapped); ++status)
    EXPECT_EQ(grpc_to_http(status), kMapped[status]) << status;
  EXPECT_EQ(grpc_to_http(17), 500);
}

}  // namespace
}  // namespace squall::policies
