// Rate: a load's rate over time, a broken line.
//
// Cost: logarithmic in the steps for a segment, linear for a mean.
#pragma once
#include <vector>

#include "scenarios/model.h"

namespace squall::sim {

struct RateSegment {
  double from_s, to_s;  // end may be infinite
  double rate, slope;   // at `from_s`, and per second

  /// Arrivals, on average.
  double expected() const {
    const double length = to_s - from_s;
    return (rate + slope * length / 2) * length;
  }
};

/// The part of the line that begins at `from_s` and has one slope; `end_s`: where the line ends.
RateSegment rate_segment_at(const std::vector<scenarios::RateStep>& steps, double from_s,
                            double end_s);

/// Arrivals a second from `from_s` to `to_s`, which is later.
double mean_rate(const std::vector<scenarios::RateStep>& steps, double from_s, double to_s);

}  // namespace squall::sim
