// ConnectError: what the kernel said of a connection that could not be made, in Envoy's words.
//
// A connection may fail when it is asked for (no way to the host) or later (the host refuses).
// Source: envoy's connection_impl, whose words are those of strerror.
#pragma once
#include <cstdint>
#include <string_view>

#include "policies/base/text_arena.h"

namespace squall::policies {

struct HostConfig;

struct ConnectError {
  std::uint16_t number = 0;  // errno; 0: nothing was said
  bool immediate = false;    // it failed as it was asked for
  friend bool operator==(ConnectError, ConnectError) = default;
};

inline constexpr std::uint16_t kMostErrorNumber = 4095;  // as Linux has them

/// Nobody listens at the host's port.
inline constexpr ConnectError kConnectionRefused{.number = 111};

/// "delayed_connect_error:_Connection_refused"; empty: nothing was said. One that was immediate
/// names the host, unless there is none.
std::string_view to_text(ConnectError error, const HostConfig* host, TextArena& arena);

}  // namespace squall::policies
