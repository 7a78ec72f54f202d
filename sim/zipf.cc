#include "sim/zipf.h"

#include <algorithm>

#include "policies/base/math.h"

namespace squall::sim {

std::vector<double> zipf_shares(double s, std::uint32_t of) {
  std::vector<double> shares(of);
  double sum = 0;
  for (std::uint32_t k = 0; k < of; ++k) shares[k] = sum += exact::pow(k + 1.0, -s);
  for (double& share : shares) share /= sum;
  return shares;
}

std::uint32_t zipf_key(const std::vector<double>& shares, double drawn) {
  const auto at = std::ranges::upper_bound(shares, drawn) - shares.begin();
  return std::min(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(shares.size() - 1));
}

}  // namespace squall::sim
