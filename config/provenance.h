// Provenance: which of the user's resources a route or cluster of a bootstrap came from.
//
// istiod and the compiler write it into the metadata. It decides nothing, so whatever else stands
// there is no mistake.
#pragma once
#include <vector>

#include "config/document.h"
#include "policies/route_config.h"

namespace squall::config {

/// Of a route or cluster, in Envoy's snake_case; empty where it does not say.
policies::Provenance provenance_of(const Node& owner);
/// Of the static clusters of a bootstrap, in their order.
std::vector<policies::Provenance> cluster_provenances(const Node& bootstrap);

}  // namespace squall::config
