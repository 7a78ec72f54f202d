// Decisions in words, for those who look for the first that differs.
#pragma once
#include <string>

#include "decisions/decision.pb.h"
#include "policies/machine/command.h"

namespace squall::decisions {

/// "response of attempt 4".
std::string describe(const Decision& decision);
/// "arm the back-off of request 3 until 1.250000 s".
std::string describe(const policies::Command& command);
/// Of a request's end, with the words that say how: entry.h.
std::string describe_end(const policies::Command& command, std::uint64_t outcome,
                         std::uint64_t flags);

}  // namespace squall::decisions
