#include "policies/health_check.h"

#include <gtest/gtest.h>

#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

HealthFlags failed() {
  HealthFlags flags;
  flags.set(HealthFlag::kFailedActiveHc);
  return flags;
}

HealthCheck thresholds(std::uint32_t healthy, std::uint32_t unhealthy) {
  HealthCheck config;
  config.healthy_threshold = healthy;
  config.unhealthy_threshold = unhealthy;
  return config;
}

std::string to_text(CheckTransition transition) {
  static constexpr const char* kNames[] = {"Unchanged", "ChangePending", "Changed"};
  return kNames[static_cast<std::size_t>(transition)];
}

TEST(HealthCheck, EnvoysSequenceOfIntervals) {
  SQUALL_VECTORS(vectors, "health_check");
  EXPECT_EQ(testing::parts_of(vectors), (std::set<std::string>{"config", "sequence", "jitter"}));
  const auto ms = [&](const char* name) {
    return std::chrono::milliseconds(vectors["config"][name].get<int>());
  };
  HealthCheck config = thresholds(vectors["config"]["healthy_threshold"].get<std::uint32_t>(),
                                  vectors["config"]["unhealthy_threshold"].get<std::uint32_t>());
  config.interval = ms("interval_ms");
  config.unhealthy_interval = ms("unhealthy_interval_ms");
  config.unhealthy_edge_interval = ms("unhealthy_edge_interval_ms");
  config.healthy_edge_interval = ms("healthy_edge_interval_ms");
  config.no_traffic_interval = ms("no_traffic_interval_ms");
  CheckState state;
  HealthFlags flags;  // the test's host is healthy from the start
  const HttpCheck http;
  const auto& steps = testing::rows(vectors["sequence"], "steps", 14);
  bool traffic = false;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const nlohmann::json& step = steps[i];
    traffic = step.value("cluster_had_traffic", traffic);
    CheckResult result{CheckOutcome::kTimeout};
    if (step["result"] != "timeout") {
      const int status = std::stoi(step["result"].get<std::string>());
      result = judge(http, {.status = static_cast<std::uint16_t>(status), .headers = {}});
    }
    const CheckTransition transition = on_check_result(config, state, flags, result);
    EXPECT_EQ(to_text(transition), step["transition"].get<std::string>()) << i;
    const Duration next = next_check_delay(config, passed(result.outcome), transition, traffic, {});
    EXPECT_EQ(to_ms(next), step["next_ms"].get<int>()) << i;
    testing::replayed(vectors);
  }
}

TEST(HealthCheck, EnvoysJitter) {
  SQUALL_VECTORS(vectors, "health_check");
  const auto& all = testing::rows(vectors, "jitter", 3);
  for (const std::uint64_t random : {std::uint64_t{0}, std::uint64_t{1'999}, ~std::uint64_t{0}}) {
    for (const bool traffic : {false, true}) {
      const nlohmann::json& row = all[traffic ? 1 : 0];
      const auto base = row["base_ms"].get<std::uint64_t>();
      HealthCheck config;
      (traffic ? config.interval : config.no_traffic_interval) = std::chrono::milliseconds(base);
      config.interval_jitter_percent = row["interval_jitter_percent"].get<std::uint32_t>();
      const std::uint64_t range = base * config.interval_jitter_percent / 100;
      EXPECT_EQ(row["rule"], std::to_string(base) + " + random % " + std::to_string(range));
      const Duration delay = next_check_delay(config, true, CheckTransition::kUnchanged, traffic,
                                              {.percent = random, .interval = 0});
      EXPECT_EQ(static_cast<std::uint64_t>(to_ms(delay)), base + random % range);
    }
    HealthCheck config;
    const auto jitter = all[2]["initial_jitter_ms"].get<std::uint64_t>();
    config.initial_jitter = std::chrono::milliseconds(jitter);
    EXPECT_EQ(static_cast<std::uint64_t>(to_ms(first_check_delay(config, random))),
              std::max<std::uint64_t>(1, random % jitter));
  }
}

TEST(HealthCheck, WithoutInitialJitterTheFirstCheckIsAtOnce) {
  EXPECT_EQ(first_check_delay({}, 12345), Duration::zero());
}

TEST(HealthCheck, TheRuntimesBoundsHoldForEveryDelay) {
  HealthCheck config;
  config.interval = 500ms;
  const auto delay = [&] {
    return next_check_delay(config, true, CheckTransition::kUnchanged, true, {});
  };
  config.min_interval = 700ms;
  EXPECT_EQ(delay(), 700ms);
  config.min_interval = {};
  config.max_interval = 200ms;
  EXPECT_EQ(delay(), 200ms);
  config.max_interval = {};
  EXPECT_EQ(delay(), 1ms);  // never a busy loop
}

TEST(HealthCheck, AHealthyHostOfAClusterWithoutTrafficIsCheckedAtItsOwnPace) {
  HealthCheck config;
  config.no_traffic_healthy_interval = 7s;
  const auto delay = [&](bool healthy, CheckTransition transition) {
    return next_check_delay(config, healthy, transition, false, {});
  };
  EXPECT_EQ(delay(true, CheckTransition::kUnchanged), 7s);
  EXPECT_EQ(delay(true, CheckTransition::kChanged), 7s);
  EXPECT_EQ(delay(true, CheckTransition::kChangePending), 60s);
  EXPECT_EQ(delay(false, CheckTransition::kUnchanged), 60s);
}

TEST(HealthCheck, TheFirstPassIsEnough) {
  const HealthCheck config = thresholds(3, 3);
  CheckState state;
  HealthFlags flags = failed();
  EXPECT_EQ(on_check_result(config, state, flags, {}), CheckTransition::kChanged);
  EXPECT_EQ(flags, HealthFlags());
}

TEST(HealthCheck, AFailedFirstCheckMakesThePassesCount) {
  const HealthCheck config = thresholds(2, 3);
  CheckState state;
  HealthFlags flags = failed();
  on_check_result(config, state, flags, {CheckOutcome::kNetworkFailure});
  EXPECT_EQ(on_check_result(config, state, flags, {}), CheckTransition::kChangePending);
  on_check_result(config, state, flags, {CheckOutcome::kFailure});
  EXPECT_EQ(on_check_result(config, state, flags, {}), CheckTransition::kChangePending);
  EXPECT_EQ(on_check_result(config, state, flags, {}), CheckTransition::kChanged);
}

TEST(HealthCheck, AWrongAnswerCountsAtOnceAndARetriableOneUpToTheThreshold) {
  HttpCheck http;
  http.retriable = {{500, 504}};
  const HealthCheck config = thresholds(1, 2);
  CheckState state;
  HealthFlags flags;
  const auto answer = [&](std::uint16_t status) {
    return on_check_result(config, state, flags, judge(http, {.status = status, .headers = {}}));
  };
  EXPECT_EQ(answer(503), CheckTransition::kChangePending);
  EXPECT_EQ(answer(200), CheckTransition::kUnchanged);
  EXPECT_EQ(answer(500), CheckTransition::kChangePending);  // the pass began the count anew
  EXPECT_EQ(answer(500), CheckTransition::kChanged);
  EXPECT_EQ(answer(200), CheckTransition::kChanged);
  EXPECT_EQ(answer(504), CheckTransition::kChanged);
}

TEST(HealthCheck, StatusRangesExcludeTheirEnd) {
  const std::vector<StatusRange> ranges = {{200, 205}, {304, 305}};
  EXPECT_TRUE(contains(ranges, 200));
  EXPECT_TRUE(contains(ranges, 204));
  EXPECT_FALSE(contains(ranges, 205));
  EXPECT_TRUE(contains(ranges, 304));
  EXPECT_FALSE(contains({}, 200));
}

TEST(HealthCheck, ADegradedPassIsAChangeButNoFailure) {
  const std::vector<HeaderField> headers = {{"x-envoy-degraded", "1"}};
  const CheckResult result = judge({}, {.status = 200, .headers = headers});
  EXPECT_EQ(result.outcome, CheckOutcome::kDegraded);
  CheckState state;
  HealthFlags flags;
  EXPECT_EQ(on_check_result({}, state, flags, result), CheckTransition::kChanged);
  EXPECT_EQ(flags.coarse(), CoarseHealth::kDegraded);
  EXPECT_EQ(on_check_result({}, state, flags, result), CheckTransition::kUnchanged);
  EXPECT_EQ(on_check_result({}, state, flags, {}), CheckTransition::kChanged);
  EXPECT_EQ(flags.coarse(), CoarseHealth::kHealthy);
}

TEST(HealthCheck, APassiveFailureExcludesUntilTheHostPassesAgain) {
  const HealthCheck config = thresholds(2, 10);
  CheckState state;
  state.first = false;
  HealthFlags flags;
  EXPECT_EQ(on_check_result(config, state, flags, {CheckOutcome::kPassive, true}),
            CheckTransition::kChanged);
  EXPECT_TRUE(flags.excluded());
  EXPECT_EQ(flags.coarse(), CoarseHealth::kUnhealthy);
  on_check_result(config, state, flags, {});
  EXPECT_TRUE(flags.excluded());
  on_check_result(config, state, flags, {});
  EXPECT_FALSE(flags.excluded());
  EXPECT_EQ(flags.coarse(), CoarseHealth::kHealthy);
}

TEST(HealthCheck, OnlyAWrongAnswerMayAskForExclusion) {
  const std::vector<HeaderField> headers = {{"x-envoy-immediate-health-check-fail", "true"}};
  EXPECT_TRUE(judge({}, {.status = 503, .headers = headers}).excludes);
  EXPECT_FALSE(judge({}, {.status = 200, .headers = headers}).excludes);
}

TEST(HealthCheck, AHostThatIsExcludedUntilItsFirstCheckIsCountedAfterAnyResult) {
  CheckState state;
  HealthFlags flags = failed();
  flags.set(HealthFlag::kPendingActiveHc);
  EXPECT_EQ(on_check_result(thresholds(1, 5), state, flags, {CheckOutcome::kTimeout}),
            CheckTransition::kChanged);
  EXPECT_FALSE(flags.excluded());
  EXPECT_EQ(flags.coarse(), CoarseHealth::kUnhealthy);
}

TEST(HealthCheck, ATimeoutIsNamedUntilTheHostPasses) {
  CheckState state;
  HealthFlags flags = failed();
  on_check_result({}, state, flags, {CheckOutcome::kTimeout});
  EXPECT_EQ(to_string(flags), "/failed_active_hc/active_hc_timeout");
  const HealthCheck twice = thresholds(2, 1);
  on_check_result(twice, state, flags, {});
  EXPECT_EQ(to_string(flags), "/failed_active_hc/active_hc_timeout");
  on_check_result(twice, state, flags, {});
  EXPECT_EQ(to_string(flags), "healthy");
}

TEST(HealthCheck, AnAnswerWithoutTheExpectedBodyIsWrongWhateverItsStatus) {
  HttpCheck http;
  http.retriable = {{503, 504}};
  http.service_name.emplace();
  const std::vector<HeaderField> headers = {{"x-envoy-immediate-health-check-fail", "true"}};
  const CheckResult result = judge(http, {.status = 503, .headers = headers}, false);
  EXPECT_EQ(result.outcome, CheckOutcome::kFailure);
  EXPECT_TRUE(result.excludes);
  EXPECT_FALSE(result.verified);
  EXPECT_EQ(result.status, 503);
  EXPECT_EQ(judge({}, {.status = 200, .headers = {}}, false).outcome, CheckOutcome::kFailure);
}

TEST(HealthCheck, TheServiceMustBeTheOneThatWasMeant) {
  HttpCheck http;
  http.service_name.emplace();
  http.service_name->kind = StringMatch::Kind::kPrefix;
  http.service_name->value = "shop";
  const auto answer = [&](std::string_view name) {
    const std::vector<HeaderField> headers = {{"x-envoy-upstream-healthchecked-cluster", name}};
    return judge(http, {.status = 200, .headers = headers}).outcome;
  };
  EXPECT_EQ(answer("shop-2"), CheckOutcome::kSuccess);
  EXPECT_EQ(answer("cart"), CheckOutcome::kFailure);
  EXPECT_EQ(judge(http, {.status = 200, .headers = {}}).outcome, CheckOutcome::kFailure);
  EXPECT_TRUE(judge(http, {.status = 200, .headers = {}}).verified);
  EXPECT_FALSE(judge(http, {.status = 500, .headers = {}}).verified);
}

TEST(HealthCheck, BlocksOfATcpAnswerComeInOrderWithAnythingBetween) {
  const std::vector<std::string> blocks = {"PO", "NG"};
  EXPECT_TRUE(matches(blocks, "PONG"));
  EXPECT_TRUE(matches(blocks, "xPO..NGx"));
  EXPECT_FALSE(matches(blocks, "NGPO"));
  EXPECT_FALSE(matches(blocks, "PON"));
  EXPECT_TRUE(matches(std::vector<std::string>{}, ""));
}

}  // namespace
}  // namespace squall::policies
