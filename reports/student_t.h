// Student's t: how far a mean of a few values may be from the true one.
//
// The quantile is found by bisection over the tail, which is integrated (Simpson's rule) over the
// reciprocal, where it is smooth. Accuracy: 1e-9 relative. Cost: some 100 us; for reports.
#pragma once
#include <cstdint>

namespace squall::reports {

/// x with P(T > x) = tail; 0 < tail <= 0.25, at least one degree of freedom.
double student_t(double tail, std::uint64_t degrees);

}  // namespace squall::reports
