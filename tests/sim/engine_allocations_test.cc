#include <gtest/gtest.h>

#include "tests/bench/bare_chain.h"
#include "tests/bench/bare_hold.h"
#include "tests/support/allocations.h"

namespace squall {
namespace {

TEST(EngineAllocations, TheQueueAllocatesNothingOnceWarm) {
  if (!testing::counts_allocations()) GTEST_SKIP() << "the sanitizer's malloc is not counted";
  for (std::uint32_t pending : {100U, 10'000U}) {
    bench::BareHold hold(pending);
    hold.run(20 * pending + 100'000);
    const std::uint64_t before = testing::allocations();
    hold.run(500'000);
    EXPECT_EQ(testing::allocations(), before) << pending;
  }
}

TEST(EngineAllocations, AChainOfStationsAllocatesNothingOnceWarm) {
  if (!testing::counts_allocations()) GTEST_SKIP() << "the sanitizer's malloc is not counted";
  for (std::uint32_t workers : {8U, 800U}) {
    bench::BareChain chain(workers);
    chain.run(100'000);
    const std::uint64_t before = testing::allocations();
    chain.run(50'000);
    EXPECT_EQ(testing::allocations(), before) << workers;
  }
}

TEST(EngineAllocations, TheChainIsTheOneOfErlangsFormula) {
  bench::BareChain chain(8);
  chain.run(100'000);
  EXPECT_NEAR(chain.mean_sojourn_s() * 1e3, 11.1275, 0.1);
  EXPECT_EQ(chain.timeouts(), 0U);
}

}  // namespace
}  // namespace squall
