// Subsets: which hosts may a request have that asks for some metadata, and which instead when there
// are none?
//
// All that can be asked is known when the configuration is: for each it is worked out here which
// host sets to try, in which order. Source: Envoy's SubsetLoadBalancer, 1.36 (docs/policies.md,
// "Subsets"). Cost: none at run time but the steps.
#pragma once
#include "policies/lb/layout.h"

namespace squall::policies::lb {

/// Fills `layout.subsets` and `layout.plans`.
void plan_subsets(const ClusterConfig& cluster, const Whereabouts& own, ClusterLayout& layout);

/// A weighted cluster's criteria over its route's: its values win.
MetadataCriteria merged(const MetadataCriteria& route, const MetadataCriteria& entry);

}  // namespace squall::policies::lb
