// Rewrite: a head as the routes that it takes change it.
//
// Cost: text; whoever asks often remembers it by head and route.
#pragma once
#include <cstdint>

#include "policies/headers.h"
#include "sim/heads.h"

namespace squall::sim {

/// The number of the changed head, interned when it is new.
std::uint32_t rewritten_head(HeadTable& heads, const policies::Levels& levels, std::uint32_t head);

}  // namespace squall::sim
