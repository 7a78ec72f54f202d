#include "scenarios/threshold.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

namespace squall::scenarios {
namespace {

constexpr double kSide = 0.15;

/// Such as can be written shortly, so that what a report says is what was run.
double four_digits(double value) {
  return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr);
}

}  // namespace

std::string ThresholdSearch::text(double value) const { return fmt::format("{}{}", value, unit); }

double Threshold::lower(const ThresholdSearch& search) const {
  const double side = value * (1 - kSide);
  return search.whole ? std::floor(side) : four_digits(side);
}

double Threshold::upper(const ThresholdSearch& search) const {
  const double side = value * (1 + kSide);
  return search.whole ? -std::floor(-side) : four_digits(side);
}

std::optional<double> Bisection::next() const {
  if (!holds_at_least_) return search_.least;
  if (!holds_at_most_) return search_.most;
  if (ended()) return std::nullopt;
  return middle();
}

void Bisection::tell(bool holds) {
  if (!holds_at_least_) {
    holds_at_least_ = holds;
    below_ = search_.least;
  } else if (!holds_at_most_) {
    holds_at_most_ = holds;
    above_ = search_.most;
  } else {
    (holds == *holds_at_least_ ? below_ : above_) = middle();
  }
}

std::optional<Threshold> Bisection::found() const {
  if (next() || *holds_at_least_ == *holds_at_most_) return std::nullopt;
  return Threshold{.value = four_digits(std::sqrt(below_ * above_)),
                   .below = below_,
                   .above = above_,
                   .holds_above = *holds_at_most_};
}

bool Bisection::ended() const {
  if (*holds_at_least_ == *holds_at_most_) return true;
  if (above_ <= below_ * (1 + search_.precision)) return true;
  return middle() <= below_ || middle() >= above_;
}

double Bisection::middle() const {
  const double value = std::sqrt(below_ * above_);
  return search_.whole ? std::floor(value + 0.5) : four_digits(value);
}

}  // namespace squall::scenarios
