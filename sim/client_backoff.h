// client_backoff: how long an application's client waits before a retry.
#pragma once
#include <cstdint>

#include "policies/base/mix.h"
#include "policies/base/time.h"
#include "scenarios/client_model.h"

namespace squall::sim {

/// What a client draws is keyed by the request and this, and so moves no draw of the mesh.
inline constexpr std::uint64_t kClientDraws = hash_name("client");

/// Before the `retry`-th (from 1 on). `last`: how long it waited before the one before, if any.
Duration client_backoff(const scenarios::ClientBackoff& settings, std::uint64_t retry,
                        Duration last, std::uint64_t random);

}  // namespace squall::sim
