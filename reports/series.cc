#include "reports/series.h"

#include <limits>

#include "policies/base/check.h"

namespace squall::reports {
namespace {
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

std::int64_t parts(std::int64_t whole, std::int64_t part) {
  return whole / part + (whole % part != 0 ? 1 : 0);
}
}  // namespace

Series::Series(Duration duration) {
  const std::int64_t seconds = parts(duration.count(), kSecond);
  const std::int64_t step = std::max<std::int64_t>(parts(seconds, kMostSteps), 1) * kSecond;
  step_ns_ = static_cast<std::uint64_t>(step);
  steps_.resize(static_cast<std::size_t>(parts(duration.count(), step)));
}

void Series::merge(const Series& other) {
  if (other.steps_.empty()) return;
  if (steps_.empty()) {
    *this = other;
    return;
  }
  SQUALL_CHECK(steps_.size() == other.steps_.size() && step_ns_ == other.step_ns_);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    steps_[i].requests += other.steps_[i].requests;
    steps_[i].successes += other.steps_[i].successes;
    steps_[i].unanswered += other.steps_[i].unanswered;
    for (std::size_t k = 0; k < Sketch::kCount; ++k)
      steps_[i].counts[k] += other.steps_[i].counts[k];
  }
}

double Series::success_ratio(std::size_t step) const {
  const Step& here = steps_[step];
  if (here.requests == 0) return kNothing;
  return static_cast<double>(here.successes) / static_cast<double>(here.requests);
}

double Series::quantile_s(std::size_t step, double q) const {
  const Step& here = steps_[step];
  const std::uint32_t answered = here.requests - here.unanswered;
  if (answered == 0) return kNothing;
  const double units = bucket_quantile<Sketch>(here.counts, answered, q);
  return units * static_cast<double>(1 << kUnitBits) / 1e9;
}

}  // namespace squall::reports
