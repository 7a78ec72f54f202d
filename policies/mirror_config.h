// Mirrors as configured, for a route or a cluster. Config only.
#pragma once
#include <cstdint>
#include <string>

#include "policies/base/ids.h"
#include "policies/fraction.h"

namespace squall::policies {

/// A copy of each request, or of some, whose answer counts for nothing.
struct MirrorPolicy {
  std::string cluster;
  std::string cluster_header;   // names the cluster instead; empty: none does
  std::uint32_t index = kNone;  // into Epoch::clusters; kNone: there is no such cluster
  Fraction fraction;
  bool host_suffix = true;   // its host gets "-shadow"
  std::string host_rewrite;  // or this one; empty: not
};

}  // namespace squall::policies
