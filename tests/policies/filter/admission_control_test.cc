#include "policies/filter/admission_control.h"

#include <gtest/gtest.h>

#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

TEST(AdmissionControl, EnvoysRejectionProbabilities) {
  SQUALL_VECTORS(vectors, "admission_control");
  EXPECT_EQ(testing::parts_of(vectors),
            (std::set<std::string>{"cases", "average_rps", "window", "defaults"}));
  for (const nlohmann::json& row : testing::rows(vectors, "cases", 16)) {
    AdmissionControlConfig config;
    config.sr_threshold_percent = row["sr_threshold_percent"].get<double>();
    config.aggression = row["aggression"].get<double>();
    config.max_rejection_percent = row["max_rejection_percent"].get<double>();
    const double p = rejection_probability(
        config, {row["requests"].get<std::uint32_t>(), row["successes"].get<std::uint32_t>()});
    EXPECT_NEAR(p, row["rejection_probability"].get<double>(), row["tolerance"].get<double>());
    testing::replayed(vectors);
  }
}

TEST(AdmissionControl, EnvoysDefaults) {
  SQUALL_VECTORS(vectors, "admission_control");
  const nlohmann::json& wanted = vectors["defaults"];
  const AdmissionControlConfig config;
  EXPECT_EQ(config.aggression, wanted["aggression"].get<double>());
  EXPECT_EQ(config.sr_threshold_percent, wanted["sr_threshold_percent"].get<double>());
  EXPECT_EQ(config.rps_threshold, wanted["rps_threshold"].get<std::uint32_t>());
  EXPECT_EQ(config.max_rejection_percent, wanted["max_rejection_percent"].get<double>());
  EXPECT_EQ(config.sampling_window, std::chrono::seconds(wanted["sampling_window_s"].get<int>()));
}

TEST(AdmissionControl, TheRateIsThatOfTheWholeWindow) {
  SQUALL_VECTORS(vectors, "admission_control");
  for (const nlohmann::json& row : testing::rows(vectors, "average_rps", 2)) {
    SuccessWindow window(std::chrono::seconds(row["window_s"].get<int>()));
    for (int i = 0; i < row["requests"].get<int>(); ++i) window.record(true, Instant{});
    EXPECT_EQ(window.average_rps(Instant{}), row["rps"].get<std::uint32_t>());
    testing::replayed(vectors);
  }
}

TEST(AdmissionControl, ABucketIsDroppedWhenItIsAsOldAsTheWindow) {
  SQUALL_VECTORS(vectors, "admission_control");
  testing::rows(vectors, "window", 2);
  SuccessWindow window(5s);
  for (int i = 0; i <= 5; ++i) window.record(true, Instant{} + std::chrono::seconds(i));
  EXPECT_EQ(window.counts(Instant{} + 5s).requests, 5U);
  SuccessWindow other(5s);
  other.record(false, Instant{});
  other.record(true, Instant{});
  EXPECT_EQ(other.counts(Instant{}).requests, 2U);
  EXPECT_EQ(other.counts(Instant{}).successes, 1U);
}

TEST(AdmissionControl, NobodyIsRejectedBelowTheRate) {
  AdmissionControlConfig config;
  config.rps_threshold = 2;
  config.sampling_window = 5s;
  SuccessWindow window(config.sampling_window);
  for (int i = 0; i < 9; ++i) window.record(false, Instant{});
  EXPECT_FALSE(rejects(config, window, 0, Instant{}));
  window.record(false, Instant{});
  EXPECT_TRUE(rejects(config, window, 0, Instant{}));
  EXPECT_FALSE(rejects(config, window, 8'000, Instant{}));  // at most 80 %
}

TEST(AdmissionControl, WhatCountsAsSuccess) {
  AdmissionControlConfig config;
  EXPECT_TRUE(is_http_success(config, 499));
  EXPECT_FALSE(is_http_success(config, 500));
  config.http_success = {{200, 300}};
  EXPECT_FALSE(is_http_success(config, 404));
  for (const std::uint32_t failure : {4U, 8U, 10U, 13U, 14U, 15U})
    EXPECT_FALSE(is_grpc_success(config, failure)) << failure;
  EXPECT_TRUE(is_grpc_success(config, 5));
}

}  // namespace
}  // namespace squall::policies
