// labels: real
// A million decisions, written under load by a proxy whose hosts fail, come out the same again.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "tests/proxy/decision_load.h"

namespace squall::proxy {
namespace {

TEST(DecisionLog, AMillionDecisionsComeOutTheSame) {
  const std::string path = testing::TempDir() + "decisions_load_test.log";
  const LoadedLog log = run_load(path, 16, 12000);
  ASSERT_FALSE(log.replayed.difference.has_value())
      << log.replayed.difference->event << "\n  logged: " << log.replayed.difference->logged
      << "\n  now: " << log.replayed.difference->now;
  EXPECT_EQ(log.replayed.ended, decisions::LogEnd::kNone);
  EXPECT_GE(log.replayed.decisions, 1'000'000U);
  std::printf("%llu decisions, %llu commands, replayed: identical\n",
              static_cast<unsigned long long>(log.replayed.decisions),
              static_cast<unsigned long long>(log.replayed.commands));
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace squall::proxy
