// Rate limit actions: what of a request makes an entry of its descriptor?
//
// Source: Envoy's router/router_ratelimit.cc, checked on a live 1.40 (docs/policies.md, "Filters").
// Cost: linear in the head; entries are texts of their own.
#pragma once
#include <optional>
#include <string_view>

#include "policies/filter/local_ratelimit.h"

namespace squall::policies {

/// None: the action finds nothing, so there is no descriptor.
std::optional<DescriptorEntries> entries_of(const RateLimitAction& action, const RequestHead& head,
                                            std::string_view source, std::string_view destination);

}  // namespace squall::policies
