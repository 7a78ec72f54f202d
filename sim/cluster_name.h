// Names of clusters and hosts as istiod makes them, and as people say them.
#pragma once
#include <string>
#include <string_view>

namespace squall::sim {

struct ClusterName {
  std::string subset, host;  // fully qualified
};
/// Of "outbound|PORT|SUBSET|HOST"; of any other name the whole of it is the host.
ClusterName split_cluster(const std::string& name);

/// "NAME.NAMESPACE" of a host within the cluster, else the host.
std::string short_host(std::string_view host);

}  // namespace squall::sim
