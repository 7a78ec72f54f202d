#include "sim/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policies/base/mix.h"

namespace squall::sim {
namespace {

using Jitter = scenarios::Backoff::Jitter;

scenarios::Backoff backoff(Jitter jitter, double factor = 2, Duration max = 1h) {
  return {.base = 100ms, .factor = factor, .max = max, .jitter = jitter};
}

TEST(Backoff, GrowsByItsFactorUpToItsMost) {
  EXPECT_EQ(backoff_wait(backoff(Jitter::kNone), 1, {}, 1), 100ms);
  EXPECT_EQ(backoff_wait(backoff(Jitter::kNone), 4, {}, 1), 800ms);
  EXPECT_EQ(backoff_wait(backoff(Jitter::kNone, 2, 500ms), 4, {}, 1), 500ms);
  EXPECT_EQ(backoff_wait(backoff(Jitter::kNone, 1), 1'000'000'000, {}, 1), 100ms);
  EXPECT_EQ(backoff_wait(backoff(Jitter::kNone), 1'000'000'000, {}, 1), 1h);
}

struct Spread {
  double least = 1e9, most = 0, mean = 0;
};
Spread spread(const scenarios::Backoff& settings, std::uint64_t retry, Duration last) {
  Spread out;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const double s =
        to_seconds(backoff_wait(settings, retry, last, mix(1, static_cast<std::uint64_t>(i))));
    out.least = std::min(out.least, s);
    out.most = std::max(out.most, s);
    out.mean += s / kDraws;
  }
  return out;
}

TEST(Backoff, JitterSpreadsTheWait) {
  const Spread equal = spread(backoff(Jitter::kEqual), 2, {});
  EXPECT_NEAR(equal.least, 0.1, 1e-3);
  EXPECT_NEAR(equal.most, 0.2, 1e-3);
  EXPECT_NEAR(equal.mean, 0.15, 2e-3);
  const Spread full = spread(backoff(Jitter::kFull), 2, {});
  EXPECT_NEAR(full.least, 0, 1e-3);
  EXPECT_NEAR(full.most, 0.2, 1e-3);
  EXPECT_NEAR(full.mean, 0.1, 2e-3);
}

TEST(Backoff, DecorrelatedGoesByTheWaitBefore) {
  const Spread first = spread(backoff(Jitter::kDecorrelated), 1, {});
  EXPECT_NEAR(first.least, 0.1, 1e-3);
  EXPECT_NEAR(first.most, 0.3, 1e-3);
  const Spread later = spread(backoff(Jitter::kDecorrelated, 2, 1s), 5, 400ms);
  EXPECT_NEAR(later.least, 0.1, 1e-3);
  EXPECT_EQ(later.most, 1);
}

}  // namespace
}  // namespace squall::sim
