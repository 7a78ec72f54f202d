// Families: of a log's bootstraps, those between which its proxies change while they run.
#pragma once
#include <span>
#include <string>

#include "decisions/decision.pb.h"
#include "policies/epoch.h"

namespace squall::decisions {

/// Numbers the epochs of each family alike; by bootstrap, and not indexed yet. Returns why some
/// cannot be, as the log is broken; nothing: all are.
std::string number_families(const Start& start, std::span<policies::Epoch> epochs);

}  // namespace squall::decisions
