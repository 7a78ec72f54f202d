// From a view's sections to a bootstrap's: field names in snake_case, extensions with their types,
// and only what can be static.
//
// What no static configuration can hold is left out: TLS, original destinations, endpoint
// discovery. For the simulator also what it cannot act on; resources.h's warnings name that at its
// place. Source: Envoy's API v3 as of 1.40. Cost: linear.
#pragma once
#include <string>

#include "config/compile.h"

namespace squall::config {

/// A route configuration.
Json static_routes(const Json& table, BootstrapFor whom);
/// A cluster with its endpoint list.
Json static_cluster(const std::string& name, const Json& cluster, const Json& endpoints);
/// The same with snake_case names; names of extensions and metadata stay as they are.
Json snake_case(const Json& from);

}  // namespace squall::config
