// How far a number of draws may be from what is expected of it by chance alone.
#pragma once
#include <cmath>

namespace squall::testing {

/// Four standard deviations of how many of `draws` hit, of which each does with probability `p`:
/// one seed in some sixteen thousand is further off.
inline double four_deviations(double draws, double p) { return 4 * std::sqrt(draws * p * (1 - p)); }

}  // namespace squall::testing
