// What a test of the log decides by, and its replay.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "decisions/replay.h"
#include "tests/policies/machine/plan.h"

namespace squall::decisions {

inline constexpr std::int64_t kUnixSeconds = 1000;

inline policies::Plan plan_of_test() {
  using namespace std::chrono_literals;
  policies::Plan plan(3);
  plan.forward.retry = policies::retries_on("5xx,reset", 2);
  plan.forward.timeout = 1s;
  plan.listener.request_timeout = 5s;
  plan.cluster().outlier = policies::detection_of(3);
  plan.cluster().max_requests_per_connection = 7;
  return plan;
}

/// A file of the test's own, gone when the program ends.
inline std::string log_file() {
  struct Files {
    Files() = default;
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    ~Files() {
      for (const std::string& path : paths) std::remove(path.c_str());
    }
    std::vector<std::string> paths;
  };
  static Files files;
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  files.paths.push_back(testing::TempDir() + test->test_suite_name() + "." + test->name() + ".log");
  return files.paths.back();
}

inline Machines::Configurations configurations_of(const policies::Plan& plan) {
  Machines::Configurations all;
  all.push_back(std::make_unique<policies::Configuration>(plan.epoch(), kUnixSeconds));
  return all;
}

inline Result<Replayed> replayed(const std::string& bytes,
                                 const policies::Plan& plan = plan_of_test()) {
  Result<LogReader> log = LogReader::of(bytes, "test.log");
  if (!log) return std::unexpected(log.error());
  return replay(*log, configurations_of(plan));
}

}  // namespace squall::decisions
