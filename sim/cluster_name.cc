#include "sim/cluster_name.h"

namespace squall::sim {

ClusterName split_cluster(const std::string& name) {
  const auto first = name.find('|');
  const auto second = name.find('|', first + 1);
  const auto third = second == std::string::npos ? second : name.find('|', second + 1);
  if (third == std::string::npos) return {"", name};
  return {name.substr(second + 1, third - second - 1), name.substr(third + 1)};
}

std::string short_host(std::string_view host) {
  constexpr std::string_view kSuffix = ".svc.cluster.local";
  return std::string(host.ends_with(kSuffix) ? host.substr(0, host.size() - kSuffix.size()) : host);
}

}  // namespace squall::sim
