#include "policies/outlier_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/policies/outlier_fixture.h"
#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

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

void expect_threshold(const Detection& detection, const json& row) {
  const auto limit = success_rate_threshold(detection.config, detection.monitors, false);
  ASSERT_TRUE(limit.has_value());
  EXPECT_EQ(limit->mean, row["mean"].get<double>());
  EXPECT_EQ(limit->threshold, row["threshold"].get<double>());
}

TEST(OutlierSweep, SuccessRateThresholdIsStrict) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : rows(vectors, "success_rate_threshold", 1)) {
    Detection detection(static_cast<std::uint32_t>(row["success_rates"].size()));
    detection.config.success_rate_stdev_factor =
        static_cast<std::uint32_t>(row["stdev_factor"].get<double>() * 1000 + 0.5);
    for (std::size_t i = 0; i < detection.monitors.size(); ++i) {
      const auto success = row["success_rates"][i].get<std::uint32_t>() * 100;
      detection.monitors[i].external = {10000, success};
    }
    expect_threshold(detection, row);
    replayed(vectors);
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

TEST(OutlierSweep, RatesAreOfHostsWithTheSmallerOfTheTwoVolumes) {
  Detection detection(4);
  detection.config.success_rate_minimum_hosts = 2;
  detection.config.success_rate_request_volume = 10;
  detection.config.failure_percentage_request_volume = 4;
  detection.monitors[0].external = {.total = 10, .success = 5};
  detection.monitors[1].external = {.total = 20, .success = 20};
  detection.monitors[2].external = {.total = 4, .success = 1};
  detection.monitors[3].external = {.total = 3, .success = 3};
  SweptRates rates;
  note_rates(detection.config, detection.monitors, rates);
  ASSERT_EQ(rates.hosts.size(), 4U);
  EXPECT_EQ(rates.hosts[0].external, 50);
  EXPECT_EQ(rates.hosts[1].external, 100);
  EXPECT_EQ(rates.hosts[2].external, 25);
  EXPECT_EQ(rates.hosts[3].external, -1);
  EXPECT_EQ(rates.hosts[0].local, -1);
  EXPECT_EQ(rates.external.mean, 75);
  EXPECT_EQ(rates.local.mean, -1);
  detection.config.success_rate_minimum_hosts = 5;
  detection.config.failure_percentage_minimum_hosts = 5;
  note_rates(detection.config, detection.monitors, rates);
  EXPECT_EQ(rates.hosts[0].external, -1);
  EXPECT_EQ(rates.external.threshold, -1);
}

TEST(OutlierSweep, SuccessRateEjectsAtTheSweepAndUnejectsAtALaterOne) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const json& row = vectors["success_rate_flow"];
  Detection detection(row["hosts"]);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_consecutive_5xx = 0;
  respond(detection, rows(row, "per_host_responses", 5));
  const std::int64_t at = row["sweep_at_ms"];
  EXPECT_EQ(success_rate(detection.monitors[row["ejected"][0].get<std::size_t>()].external), 50.0);
  expect_threshold(detection, row);
  const auto changes = detection.sweep_at(ms(at));
  ASSERT_EQ(changes.size(), row["ejected"].size());
  EXPECT_EQ(changes[0].host, row["ejected"][0]);
  replayed(vectors);
  EXPECT_EQ(changes[0].cause, Detector::kSuccessRate);
  EXPECT_EQ(changes[0].outcome, Ejection::kEjected);
  HostMonitor& bad = detection.monitors[changes[0].host];
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

TEST(OutlierSweep, FailurePercentageEjectsAtTheThresholdOrAbove) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const json& row = vectors["failure_percentage_flow"];
  Detection detection(row["hosts"]);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_success_rate = 0;
  detection.config.failure_percentage_threshold = row["threshold"];
  detection.config.enforcing_failure_percentage = row["enforcing_failure_percentage"];
  respond(detection, rows(row, "per_host_responses", 5));
  for (std::size_t i = 0; i < detection.monitors.size(); ++i) {
    EXPECT_DOUBLE_EQ(100.0 - success_rate(detection.monitors[i].external),
                     row["failure_percent"][i]);
  }
  const auto changes = detection.sweep_at(ms(10000));
  std::vector<std::uint32_t> ejected;
  for (const SweepChange& change : changes) {
    if (change.outcome == Ejection::kEjected) ejected.push_back(change.host);
    EXPECT_EQ(change.figures.threshold, 0);  // that is the success rate's
  }
  EXPECT_EQ(ejected, row["ejected"].get<std::vector<std::uint32_t>>());
  replayed(vectors);
}

TEST(OutlierSweep, AHostThatBothRatesFindIsEjectedTwice) {
  Detection detection(6);
  detection.config.max_ejection_percent = 100;
  detection.config.enforcing_failure_percentage = 100;
  detection.config.success_rate_request_volume =
      detection.config.failure_percentage_request_volume = 1;
  for (std::uint32_t host = 0; host < 6; ++host) detection.code(host, host == 2 ? 500 : 200);
  const auto changes = detection.sweep_at(ms(10'000));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].cause, Detector::kSuccessRate);
  EXPECT_EQ(changes[1].cause, Detector::kFailurePercentage);
  for (const SweepChange& change : changes) {
    EXPECT_EQ(change.host, 2U);
    EXPECT_EQ(change.outcome, Ejection::kEjected);
  }
  EXPECT_EQ(detection.cluster.active_ejections, 2U);
  detection.sweep_at(ms(50'000));
  EXPECT_TRUE(detection.monitors[2].ejected);  // twice the base time
  detection.sweep_at(ms(70'000));
  EXPECT_FALSE(detection.monitors[2].ejected);
  EXPECT_EQ(detection.cluster.active_ejections, 1U);
}

TEST(OutlierSweep, EjectionsGrowAndDecay) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  for (const json& row : rows(vectors, "ejection_timeline", 1)) {
    Detection detection(1);
    detection.config.max_ejection_percent = 100;
    detection.config.interval = std::chrono::milliseconds(row["interval_ms"]);
    detection.config.base_ejection_time = std::chrono::milliseconds(row["base_ms"]);
    detection.config.max_ejection_time = std::chrono::milliseconds(row["max_ms"]);
    for (const json& event : rows(row, "events", 14)) {
      const Instant now = ms(event["t_ms"]);
      if (event["op"] == "eject") {
        EXPECT_EQ(detection.eject(0, now), Ejection::kEjected);
        continue;
      }
      detection.sweep_at(now);
      EXPECT_EQ(detection.monitors[0].ejected, event["ejected"]) << event;
      replayed(vectors);
    }
  }
}

TEST(OutlierSweep, EjectionTimeStopsGrowingAtItsMaximum) {
  SQUALL_VECTORS(vectors, "outlier_detection");
  const std::int64_t longest[] = {300000, 310000};
  rows(vectors, "max_ejection_time", 2);
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
    replayed(vectors);
  }
}

TEST(OutlierSweep, SplitLocalOriginSuccessRateIsAPopulationOfItsOwn) {
  Detection detection(5);
  detection.config.max_ejection_percent = 100;
  detection.config.split_external_local_origin_errors = true;
  detection.config.enforcing_consecutive_local_origin_failure = 0;
  for (std::uint32_t host = 0; host < 5; ++host) {
    for (int i = 0; i < 100; ++i) {
      detection.result(host,
                       host == 2 ? HostResult::kLocalTimeout : HostResult::kLocalConnectSuccess);
    }
  }
  const auto changes = detection.sweep_at(ms(10000));
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].host, 2u);
  EXPECT_EQ(changes[0].cause, Detector::kLocalOriginSuccessRate);
  EXPECT_EQ(changes[0].outcome, Ejection::kEjected);
}

TEST(OutlierSweep, TheCapBitesInOrderOfTheHosts) {
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

TEST(OutlierSweep, OneRequestIsEnoughForAVolumeOfNoneAndNoRequestIsNot) {
  Detection detection(3);
  detection.config.failure_percentage_request_volume = 0;
  detection.config.success_rate_minimum_hosts = 4;
  detection.monitors[0].external = {.total = 1, .success = 0};
  detection.monitors[1].external = {.total = 1, .success = 1};
  const auto found = [&](std::uint32_t minimum_hosts) {
    detection.config.failure_percentage_minimum_hosts = minimum_hosts;
    std::vector<SweepChange> changes;
    find_outliers(detection.config, detection.monitors, false, changes);
    return changes;
  };
  EXPECT_TRUE(found(3).empty());
  ASSERT_EQ(found(2).size(), 1U);
  EXPECT_EQ(found(2)[0].host, 0U);
  EXPECT_EQ(found(2)[0].cause, Detector::kFailurePercentage);
}

}  // namespace
}  // namespace squall::policies
