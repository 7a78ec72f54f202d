// What squall-proxy decides on sockets is decided again from its log.
#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/decision_load.h"

namespace squall::proxy {
namespace {

TEST(DecisionLog, WhatAProxyDecidedUnderLoadIsDecidedAgain) {
  const std::string path = testing::TempDir() + "decisions_test.log";
  const LoadedLog log = run_load(path, 4, 500);
  ASSERT_FALSE(log.replayed.difference.has_value())
      << log.replayed.difference->event << "\n  logged: " << log.replayed.difference->logged
      << "\n  now: " << log.replayed.difference->now;
  EXPECT_EQ(log.replayed.ended, decisions::LogEnd::kNone);
  EXPECT_GT(log.replayed.decisions, 2000U * 6);
  EXPECT_GT(log.good, 1000);  // and not all: hosts fail, and are ejected
  EXPECT_LT(log.good, 2001);
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace squall::proxy
