// NearestHost: which host of a mesh somebody meant who wrote one that nothing has.
//
// A bare name is compared with the names of all namespaces; how the right one must be written
// depends on who names it: a client may say `front.shop`, a rule must say the whole host. Cost:
// linear in the hosts.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace squall::config {

/// One of `hosts`, which are fully qualified; `ns`: where the wrong one was written.
std::optional<std::string> nearest_host(std::string_view wrong, std::string_view ns,
                                        std::span<const std::string> hosts);

/// A host as a client in `ns` may call it: "front", "front.shop".
std::string host_for_client(const std::string& host, std::string_view ns);
/// A host as an Istio object in `ns` may name it: "front", "front.shop.svc.cluster.local".
std::string host_for_rule(const std::string& host, std::string_view ns);

}  // namespace squall::config
