#include "reports/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "policies/base/mix.h"

namespace squall::reports {
namespace {

TEST(Histogram, IsSilentAboutNothing) {
  const Histogram none;
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.mean_s());
  EXPECT_FALSE(none.max_s());
  EXPECT_FALSE(none.quantile_s(0.5));
}

TEST(Histogram, BucketsCoverEveryDurationOnce) {
  using Buckets = Histogram::Buckets;
  EXPECT_EQ(Buckets::kCount, 4864U);
  for (std::size_t i = 0; i < Buckets::kCount; ++i) {
    EXPECT_EQ(Buckets::index(Buckets::lower(i)), i);
    EXPECT_EQ(Buckets::index(Buckets::lower(i + 1) - 1), i);
    const auto lower = static_cast<double>(Buckets::lower(i));
    const auto width = static_cast<double>(Buckets::lower(i + 1)) - lower;
    EXPECT_LE(width, std::max(1.0, lower / 128));
  }
  EXPECT_EQ(Buckets::index(~std::uint64_t{0}), Buckets::kCount - 1);
}

TEST(Histogram, KeepsAConstantExactly) {
  Histogram h;
  for (int i = 0; i < 1000; ++i) h.record(52'100'000ns);
  for (double q : {0.0, 0.01, 0.5, 0.99, 1.0}) EXPECT_EQ(h.quantile_s(q), 0.0521);
  EXPECT_EQ(h.mean_s(), 0.0521);
  EXPECT_EQ(h.count(), 1000U);
}

TEST(Histogram, QuantilesAreWithinOnePercent) {
  Histogram h;
  std::vector<double> exact;
  double sum = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const auto ns = static_cast<std::int64_t>(-std::log(open_unit(mix(7, i))) * 3e6);
    h.record(Duration(ns));
    exact.push_back(static_cast<double>(ns) / 1e9);
    sum += exact.back();
  }
  std::sort(exact.begin(), exact.end());
  for (double q : {0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999}) {
    const double want = exact[static_cast<std::size_t>(q * 100'000) - 1];
    EXPECT_NEAR(*h.quantile_s(q) / want, 1, 0.008) << q;
  }
  EXPECT_NEAR(*h.mean_s(), sum / 100'000, 1e-12);
  EXPECT_EQ(h.max_s(), exact.back());
  EXPECT_EQ(h.min_s(), exact.front());
  EXPECT_EQ(h.quantile_s(1), h.max_s());
}

TEST(Histogram, MergesAsIfRecordedTogether) {
  Histogram a;
  Histogram b;
  Histogram both;
  for (std::int64_t i = 1; i < 2000; ++i) {
    (i % 3 == 0 ? a : b).record(Duration(i * i * 1000));
    both.record(Duration(i * i * 1000));
  }
  a.merge(Histogram());
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.mean_s(), both.mean_s());
  EXPECT_EQ(a.max_s(), both.max_s());
  EXPECT_EQ(a.min_s(), both.min_s());
  for (double q = 0; q <= 1; q += 0.05) EXPECT_EQ(a.quantile_s(q), both.quantile_s(q));
}

TEST(Histogram, HoldsExtremes) {
  Histogram h;
  h.record(Duration(-5));
  h.record(Duration::max());
  h.record(Duration::max());
  h.record(Duration::max());
  EXPECT_EQ(h.min_s(), 0);
  EXPECT_EQ(h.max_s(), static_cast<double>(Duration::max().count()) / 1e9);
  EXPECT_GT(*h.mean_s(), 6e9);
}

}  // namespace
}  // namespace squall::reports
