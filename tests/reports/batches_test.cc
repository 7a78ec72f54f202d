#include "reports/batches.h"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

TEST(Batches, FilesARequestWhereItArrived) {
  Batches batches(Instant(10s), Instant(30s));
  batches.record(Instant(9'999ms), 1s, true, 1);
  batches.record(Instant(10s), 10ms, true, 1);
  batches.record(Instant(10'999ms), 30ms, false, 3);
  batches.record(Instant(29'999ms), 5ms, true, 1);
  batches.record(Instant(30s), 1s, true, 1);
  EXPECT_EQ(batches.value(BatchFigure::kRequests, 0), 2.0);
  EXPECT_EQ(batches.value(BatchFigure::kAttempts, 0), 4.0);
  EXPECT_EQ(batches.value(BatchFigure::kRetries, 0), 2.0);
  EXPECT_EQ(batches.value(BatchFigure::kSuccess, 0), 0.5);
  EXPECT_EQ(batches.value(BatchFigure::kFailed, 0), 1.0);
  EXPECT_NEAR(*batches.value(BatchFigure::kMean, 0), 0.02, 1e-12);
  EXPECT_EQ(batches.value(BatchFigure::kRequests, 19), 1.0);
  EXPECT_EQ(batches.value(BatchFigure::kRequests, 7), 0.0);
}

TEST(Batches, WhatIsNeverAnsweredHasFailedAndNoLatency) {
  Batches batches(Instant{}, Instant(20s));
  batches.record_unanswered(Instant{}, 1);
  EXPECT_EQ(batches.value(BatchFigure::kSuccess, 0), 0.0);
  EXPECT_EQ(batches.value(BatchFigure::kUnfinished, 0), 1.0);
  EXPECT_EQ(batches.value(BatchFigure::kFailed, 0), 0.0);
  EXPECT_EQ(batches.value(BatchFigure::kMean, 0), std::nullopt);
  EXPECT_EQ(batches.value(BatchFigure::kP99, 0), std::nullopt);
}

TEST(Batches, QuantilesAreWithinThreePercent) {
  Batches batches(Instant{}, Instant(20s));
  for (int i = 1; i <= 10'000; ++i) batches.record(Instant{}, Duration(i * 10'000), true, 1);
  EXPECT_NEAR(*batches.value(BatchFigure::kP50, 0), 0.05, 0.05 * 0.032);
  EXPECT_NEAR(*batches.value(BatchFigure::kP99, 0), 0.099, 0.099 * 0.032);
}

TEST(Batches, NothingRecordedIsNothingToTell) {
  const Batches none;
  EXPECT_EQ(none.value(BatchFigure::kRequests, 3), 0.0);
  EXPECT_EQ(none.value(BatchFigure::kSuccess, 3), std::nullopt);
  EXPECT_EQ(none.value(BatchFigure::kNone, 3), std::nullopt);
}

TEST(Batches, AWindowShorterThanItsBatchesHasThemAll) {
  Batches batches(Instant{}, Instant(7ns));
  batches.record(Instant(6ns), 1ms, true, 1);
  EXPECT_EQ(batches.value(BatchFigure::kRequests, 6), 1.0);
}

}  // namespace
}  // namespace squall::reports
