// NearestHost: which host of a mesh somebody meant who wrote one that nothing has.
//
// A bare name is compared with the names of all namespaces and answered as its caller must write
// it, so `front` is told of `front.shop`. Cost: linear in the hosts.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace squall::config {

/// `ns`: where it was written. `hosts`: fully qualified.
std::optional<std::string> nearest_host(std::string_view wrong, std::string_view ns,
                                        std::span<const std::string> hosts);

}  // namespace squall::config
