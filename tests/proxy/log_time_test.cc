#include "proxy/log_time.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace squall::proxy {
namespace {

std::string written(const std::string& format) {
  std::string line = "at ";
  append_time(line, 1'700'000'000'123'456'000, format);
  return line.substr(3);
}

TEST(LogTime, WithoutAFormatItHasMilliseconds) {
  EXPECT_EQ(written(""), "2023-11-14T22:13:20.123Z");
}

TEST(LogTime, TakesEnvoysFractions) {
  EXPECT_EQ(written("%Y-%m-%dT%H:%M:%S.%3fZ|%f|%1f|%9f"),
            "2023-11-14T22:13:20.123Z|123456000|1|123456000");
  EXPECT_EQ(written("%s.%6f|%%|"), "1700000000.123456|%|");
}

TEST(LogTime, WhatIsNoFractionIsStrftimes) {
  EXPECT_EQ(written("%Y/%m/%d %H:%M"), "2023/11/14 22:13");
  EXPECT_EQ(written("no time"), "no time");
}

/// Seconds since 1970 are the same everywhere.
TEST(LogTime, IsInUtcWhereverTheProxyIs) {
  ::setenv("TZ", "America/New_York", 1);
  ::tzset();
  EXPECT_EQ(written("%s %H"), "1700000000 22");
  ::unsetenv("TZ");
  ::tzset();
}

}  // namespace
}  // namespace squall::proxy
