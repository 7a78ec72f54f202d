// What a Distribution keeps besides its numbers: constant, shared by its copies. Internal to
// Distribution.
#pragma once
#include <vector>

#include "policies/base/distributions.h"
#include "policies/base/quantile_table.h"

namespace squall {

/// For u below `until`: exp(mu + sigma z), z the normal quantile of u.
struct LognormalPiece {
  double until, mu, sigma;
};

struct DistributionParts {
  std::vector<double> values;          // empirical, ascending; hyperexponential: the means
  std::vector<double> cumulated;       // weights, of hyperexponential and mixture; the last is 1
  std::vector<Distribution> of;        // mixture
  std::vector<LognormalPiece> pieces;  // empirical quantiles
  QuantileTable table;                 // gamma
};

}  // namespace squall
