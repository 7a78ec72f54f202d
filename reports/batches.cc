#include "reports/batches.h"

#include <algorithm>

namespace squall::reports {

Batches::Batch* Batches::at(Instant arrived, std::uint32_t attempts) {
  if (arrived < from_ || arrived >= to_) return nullptr;
  if (batches_.empty()) batches_.resize(kCount);
  const Duration width = std::max((to_ - from_) / static_cast<std::int64_t>(kCount), Duration(1));
  const auto index = static_cast<std::size_t>((arrived - from_) / width);
  Batch& batch = batches_[std::min(index, kCount - 1)];
  ++batch.requests;
  batch.attempts += attempts;
  batch.retries += attempts > 0 ? attempts - 1 : 0;
  return &batch;
}

void Batches::record(Instant arrived, Duration took, bool success, std::uint32_t attempts) {
  Batch* const batch = at(arrived, attempts);
  if (batch == nullptr) return;
  ++batch->ended;
  batch->successes += success ? 1 : 0;
  batch->seconds += to_seconds(took);
  ++batch->counts[Sketch::index(static_cast<std::uint64_t>(std::max(took, Duration{}).count()) >>
                                kUnitBits)];
}

void Batches::record_unanswered(Instant arrived, std::uint32_t attempts) { at(arrived, attempts); }

std::optional<double> Batches::value(BatchFigure figure, std::size_t index) const {
  static constexpr Batch kNothing;
  const Batch& batch = batches_.empty() ? kNothing : batches_[index];
  const auto requests = static_cast<double>(batch.requests);
  const auto ended = static_cast<double>(batch.ended);
  const auto quantile = [&](double q) -> std::optional<double> {
    if (batch.ended == 0) return std::nullopt;
    return bucket_quantile<Sketch>(batch.counts, batch.ended, q) *
           static_cast<double>(1 << kUnitBits) / 1e9;
  };
  switch (figure) {
    case BatchFigure::kNone:
      return std::nullopt;
    case BatchFigure::kRequests:
      return requests;
    case BatchFigure::kAttempts:
      return static_cast<double>(batch.attempts);
    case BatchFigure::kRetries:
      return static_cast<double>(batch.retries);
    case BatchFigure::kFailed:
      return static_cast<double>(batch.ended - batch.successes);
    case BatchFigure::kUnfinished:
      return static_cast<double>(batch.requests - batch.ended);
    case BatchFigure::kSuccess:
      if (batch.requests == 0) return std::nullopt;
      return static_cast<double>(batch.successes) / requests;
    case BatchFigure::kMean:
      if (batch.ended == 0) return std::nullopt;
      return batch.seconds / ended;
    case BatchFigure::kP50:
      return quantile(0.5);
    case BatchFigure::kP90:
      return quantile(0.9);
    case BatchFigure::kP95:
      return quantile(0.95);
    case BatchFigure::kP99:
      return quantile(0.99);
  }
  return std::nullopt;
}

}  // namespace squall::reports
