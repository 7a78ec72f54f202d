// Keys of which some are asked for more often than others.
#pragma once
#include <cstdint>
#include <vector>

namespace squall::sim {

/// For each of `of` keys the share of all requests that it and those before it have, where the k-th
/// has one in proportion to k^-s. The last is 1.
std::vector<double> zipf_shares(double s, std::uint32_t of);
/// The key of a draw in [0, 1). Cost: O(log n).
std::uint32_t zipf_key(const std::vector<double>& shares, double drawn);

}  // namespace squall::sim
