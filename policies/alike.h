// Alike: epochs that follow each other in one proxy's run, with the same numbers.
//
// Each gets the clusters of all of them; those of other epochs are absent from it
// (Epoch::absent), so that numbers of clusters and hosts outlive a change of configuration. A
// cluster whose settings change is another cluster with the same name, as it is for Envoy. Cost:
// linear in epochs times clusters.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "policies/epoch.h"

namespace squall::policies {

/// Of an epoch's clusters, in their order; 0 to the number of all epochs' clusters.
using ClusterNumbers = std::vector<std::uint32_t>;

/// Makes a family of epochs that are not indexed yet; `family` is not 0. Returns why they cannot
/// follow each other; nothing: they can. Only what istiod changes by routes and clusters may
/// differ: HTTP listeners stay the same, and no other filters than faults, no health checks and no
/// subsets remember anything.
std::string_view number_alike(std::span<Epoch> epochs, std::span<const ClusterNumbers> numbers,
                              std::uint32_t family);

}  // namespace squall::policies
