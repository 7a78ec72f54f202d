// Statistics of a worker and its Control by Envoy's names, as an admin page lists them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "policies/control.h"
#include "policies/worker.h"

namespace squall::policies {

/// Calls `visit` for each statistic, clusters in the order of the configuration. Not for hot paths.
void visit_stats(const Worker& worker, const Control& control,
                 const std::function<void(const std::string& name, std::uint64_t value)>& visit);

}  // namespace squall::policies
