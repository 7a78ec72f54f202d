// Who seems to come in from outside: VirtualServices that are bound to a Gateway.
//
// Of each pair one URL that its rules take: a host without a wildcard, and the path of the first
// rule that says one, if none takes them all. Cost: linear in the rules.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "config/resources.h"

namespace squall::scenarios {

struct GatewayLoad {
  const config::Gateway* gateway = nullptr;
  const config::VirtualService* rules = nullptr;
  std::string url;
  std::set<const config::Service*> leads_to;
};

/// In the order of the VirtualServices.
std::vector<GatewayLoad> gateway_loads(const config::Resources& resources);

}  // namespace squall::scenarios
