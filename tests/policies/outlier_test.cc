#include "policies/outlier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "policies/outlier_sweep.h"
#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;

/// A cluster's detector as Control drives it; draws are all 0.
struct Detection {
  explicit Detection(std::uint32_t hosts) : monitors(hosts) { cluster.host_count = hosts; }

  std::vector<Ejection> act(HostMonitor& host, Triggers triggers, Instant now) {
    std::vector<Ejection> outcomes;
    const auto one = [&](bool set, Detector cause) {
      if (set) outcomes.push_back(on_trigger(config, cluster, host, cause, now, {}));
    };
    one(triggers.gateway_failure, Detector::kConsecutiveGatewayFailure);
    one(triggers.any_5xx, Detector::kConsecutive5xx);
    one(triggers.local_origin, Detector::kConsecutiveLocalOriginFailure);
    return outcomes;
  }
  std::vector<Ejection> code(std::uint32_t host, std::uint32_t code, Instant now = {}) {
    return act(monitors[host], on_external_code(config, monitors[host], code), now);
  }
  std::vector<Ejection> result(std::uint32_t host, HostResult what, std::uint32_t code = 0) {
    return act(monitors[host], on_result(config, monitors[host], what, code), {});
  }
  std::vector<SweepChange> sweep_at(Instant now, EjectionDraws draws = {}) {
    std::vector<SweepChange> changes;
    sweep(config, cluster, monitors, now,
          [&](std::uint32_t, const HostMonitor&) { return draws; }, changes);
    return changes;
  }
  Ejection eject(std::uint32_t host, Instant now = {}, EjectionDraws draws = {},
                 Detector cause = Detector::kConsecutive5xx) {
    return try_eject(config, cluster, monitors[host], cause, now, draws);
  }

  OutlierDetection config;
  OutlierCluster cluster;
  std::vector<HostMonitor> monitors;
};

Instant ms(std::int64_t value) { return Instant(std::chrono::milliseconds(value)); }

void respond(Detection& detection, const json& per_host_responses) {
  for (std::uint32_t host = 0; host < per_host_responses.size(); ++host) {
    for (const auto& [code, count] : per_host_responses[host].items()) {
      for (int i = 0; i < count.get<int>(); ++i) {
        on_external_code(detection.config, detection.monitors[host],
                         static_cast<std::uint32_t>(std::stoi(code)));
      }
    }
  }
}

TEST(Outlier, DefaultsAreEnvoys) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const json& d = vectors["defaults"];
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

TEST(Outlier, SuccessRateThresholdIsStrict) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : vectors["success_rate_threshold"]) {
    Detection detection(static_cast<std::uint32_t>(row["success_rates"].size()));
    detection.config.success_rate_stdev_factor =
        static_cast<std::uint32_t>(row["stdev_factor"].get<double>() * 1000 + 0.5);
    for (std::size_t i = 0; i < detection.monitors.size(); ++i) {
      const auto success = row["success_rates"][i].get<std::uint32_t>() * 100;
      detection.monitors[i].swept_external = {10000, success};
    }
    std::vector<SweepChange> found;
    find_outliers(detection.config, detection.monitors, false, found);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].host, 0u);
    // Farther out than sqrt(n - 1) deviations nobody can be: mean - 2 sigma is 50 here, exactly.
    detection.config.success_rate_stdev_factor = 2000;
    found.clear();
    find_outliers(detection.config, detection.monitors, false, found);
    EXPECT_TRUE(found.empty());
  }
}

TEST(Outlier, SuccessRateEjectsAtTheSweepAndUnejectsAtALaterOne) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const json& row = vectors["success_rate_flow"];
  Detection detection(row["hosts"]);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_consecutive_5xx = 0;
  respond(detection, row["per_host_responses"]);
  const std::int64_t at = row["sweep_at_ms"];
  const auto changes = detection.sweep_at(ms(at));
  ASSERT_EQ(changes.size(), row["ejected"].size());
  EXPECT_EQ(changes[0].host, row["ejected"][0]);
  EXPECT_EQ(changes[0].cause, Detector::kSuccessRate);
  EXPECT_EQ(changes[0].outcome, Ejection::kEjected);
  HostMonitor& bad = detection.monitors[changes[0].host];
  EXPECT_EQ(success_rate(bad.swept_external), 50.0);
  detection.sweep_at(ms(row["still_ejected_at_ms"]));
  EXPECT_TRUE(bad.ejected);
  for (std::int64_t t = 30000; t < row["unejected_at_sweep_ms"].get<std::int64_t>() - 10001;
       t += 10000) {
    detection.sweep_at(ms(t));
    EXPECT_TRUE(bad.ejected) << t;
  }
  const auto ended = detection.sweep_at(ms(row["unejected_at_sweep_ms"]));
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].outcome, Ejection::kUnejected);
  EXPECT_EQ(detection.cluster.active_ejections, 0u);
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

TEST(Outlier, FailurePercentageEjectsAtTheThresholdOrAbove) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const json& row = vectors["failure_percentage_flow"];
  Detection detection(row["hosts"]);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_success_rate = 0;
  detection.config.failure_percentage_threshold = row["threshold"];
  detection.config.enforcing_failure_percentage = row["enforcing_failure_percentage"];
  respond(detection, row["per_host_responses"]);
  const auto changes = detection.sweep_at(ms(10000));
  std::vector<std::uint32_t> ejected;
  for (const SweepChange& change : changes) {
    if (change.outcome == Ejection::kEjected) ejected.push_back(change.host);
  }
  EXPECT_EQ(ejected, row["ejected"].get<std::vector<std::uint32_t>>());
  for (std::size_t i = 0; i < detection.monitors.size(); ++i) {
    EXPECT_DOUBLE_EQ(100.0 - success_rate(detection.monitors[i].swept_external),
                     row["failure_percent"][i]);
  }
}

TEST(Outlier, ConsecutiveFailuresEject) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : vectors["consecutive"]) {
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
    if (row.contains("detected_5xx_after_index")) {
      EXPECT_EQ(detected_after, row["detected_5xx_after_index"]);
    }
  }
}

TEST(Outlier, TimeoutsCountByTheirCode) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& fact : vectors["timeout_codes"]["facts"]) {
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
  for (const json& row : vectors["max_ejection_percent"]) {
    Detection detection(row["hosts"]);
    detection.config.max_ejection_percent = row["max_ejection_percent"];
    detection.config.always_eject_one_host = row["always_eject_one_host"];
    std::uint32_t overflows = 0;
    for (std::uint32_t host = 0; host < row["hosts"].get<std::uint32_t>(); ++host) {
      overflows += detection.eject(host) == Ejection::kOverflow;
    }
    EXPECT_EQ(detection.cluster.active_ejections, row["ejected"]) << row["source"];
    if (row.contains("ejections_overflow")) {
      EXPECT_EQ(overflows, row["ejections_overflow"]);
    }
  }
}

TEST(Outlier, EjectionsGrowAndDecay) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : vectors["ejection_timeline"]) {
    Detection detection(1);
    detection.config.max_ejection_percent = 100;
    detection.config.interval = std::chrono::milliseconds(row["interval_ms"]);
    detection.config.base_ejection_time = std::chrono::milliseconds(row["base_ms"]);
    detection.config.max_ejection_time = std::chrono::milliseconds(row["max_ms"]);
    for (const json& event : row["events"]) {
      const Instant now = ms(event["t_ms"]);
      if (event["op"] == "eject") {
        EXPECT_EQ(detection.eject(0, now), Ejection::kEjected);
        continue;
      }
      detection.sweep_at(now);
      EXPECT_EQ(detection.monitors[0].ejected, event["ejected"]) << event;
    }
  }
}

TEST(Outlier, EjectionTimeStopsGrowingAtItsMaximum) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const std::int64_t longest[] = {300000, 310000};
  ASSERT_EQ(vectors["max_ejection_time"].size(), 2u);
  for (std::size_t r = 0; r < 2; ++r) {
    const json& row = vectors["max_ejection_time"][r];
    Detection detection(1);
    detection.config.max_ejection_percent = 100;
    detection.config.base_ejection_time = std::chrono::milliseconds(row["base_ms"]);
    detection.config.max_ejection_time = std::chrono::milliseconds(row["max_ms"]);
    std::int64_t t = 0;
    for (std::int64_t n = 1; n <= 40; ++n) {
      detection.eject(0, ms(t));
      const std::int64_t start = t;
      while (detection.monitors[0].ejected) detection.sweep_at(ms(t += 10000));
      EXPECT_EQ(t - start, std::min(n * 10000, longest[r])) << row["source"] << " " << n;
    }
  }
}

TEST(Outlier, JitterIsDrawnUpToItsMaximum) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : vectors["jitter"]) {
    Detection detection(1);
    detection.config.max_ejection_percent = 100;
    detection.config.max_ejection_time_jitter =
        std::chrono::milliseconds(row["max_ejection_time_jitter_ms"]);
    detection.eject(0, ms(100), {0, row.value("random", std::uint64_t{77})});
    EXPECT_EQ(to_ms(detection.monitors[0].since - ms(100)), row["jitter_ms"]);
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

TEST(Outlier, SplitLocalOriginSuccessRateIsAPopulationOfItsOwn) {
  Detection detection(5);
  detection.config.max_ejection_percent = 100;
  detection.config.split_external_local_origin_errors = true;
  detection.config.enforcing_consecutive_local_origin_failure = 0;
  for (std::uint32_t host = 0; host < 5; ++host) {
    for (int i = 0; i < 100; ++i) {
      detection.result(host, host == 2 ? HostResult::kLocalTimeout : HostResult::kLocalConnectSuccess);
    }
  }
  const auto changes = detection.sweep_at(ms(10000));
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].host, 2u);
  EXPECT_EQ(changes[0].cause, Detector::kLocalOriginSuccessRate);
  EXPECT_EQ(changes[0].outcome, Ejection::kEjected);
}

TEST(Outlier, AHostThatTwoDetectorsFindIsEjectedOnce) {
  Detection detection(6);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_failure_percentage = 100;
  for (std::uint32_t host = 0; host < 6; ++host) {
    detection.monitors[host].external = {200, host == 1 ? 0u : 200u};
  }
  const auto changes = detection.sweep_at(ms(10000));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].outcome, Ejection::kEjected);
  EXPECT_EQ(changes[1].outcome, Ejection::kIgnored);
  EXPECT_EQ(detection.cluster.active_ejections, 1u);
  EXPECT_EQ(detection.monitors[1].multiplier, 1u);
}

TEST(Outlier, TheCapBitesInOrderOfTheHosts) {
  Detection detection(10);
  detection.config.max_ejection_percent = 10;
  detection.config.success_rate_stdev_factor = 1000;
  for (std::uint32_t host = 0; host < 10; ++host) {
    detection.monitors[host].external = {100, host == 3 || host == 7 ? 0u : 100u};
  }
  const auto changes = detection.sweep_at(ms(10000));
  ASSERT_GE(changes.size(), 2u);
  EXPECT_EQ(changes[0].host, 3u);
  EXPECT_EQ(changes[0].outcome, Ejection::kEjected);
  EXPECT_EQ(changes[1].host, 7u);
  EXPECT_EQ(changes[1].outcome, Ejection::kOverflow);
}

TEST(Outlier, GrpcStatusCountsAsItsHttpCode) {
  EXPECT_EQ(grpc_to_http(0), 200);
  EXPECT_EQ(grpc_to_http(1), 499);
  EXPECT_EQ(grpc_to_http(4), 504);
  EXPECT_EQ(grpc_to_http(14), 503);
  EXPECT_EQ(grpc_to_http(16), 401);
  EXPECT_EQ(grpc_to_http(17), 500);
}

}  // namespace
}  // namespace squall::policies
