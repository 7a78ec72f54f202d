// Runtime: which settings of a configuration may a runtime key replace, and by what?
//
// A runtime is a list of keys with whole numbers, laid over the configuration when the epoch is
// indexed; afterwards nothing asks for it. Source: Envoy's runtime keys (docs/policies.md,
// "Runtime").
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "policies/epoch.h"

namespace squall::policies {

/// Calls take(key, set) for each key that may decide something of this epoch; `set` puts the
/// number in place of what is configured.
using RuntimeSetter = std::function<void(std::uint32_t)>;
void visit_runtime_keys(Epoch& epoch,
                        const std::function<void(std::string_view, const RuntimeSetter&)>& take);

/// Puts the epoch's runtime in force. A value that is no number counts for nothing.
void apply_runtime(Epoch& epoch);

}  // namespace squall::policies
