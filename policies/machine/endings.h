// How connections are closed, and between whom bytes of TCP pass.
#pragma once
#include <cstddef>
#include <cstdint>

namespace squall::policies {

enum class CloseHow : std::uint8_t {
  kAtOnce,    // what is not sent is lost
  kWhenSent,  // when all is sent; then its end is an event
  kReset,     // at once, and the peer sees a reset
};
inline constexpr std::size_t kCloseHows = static_cast<std::size_t>(CloseHow::kReset) + 1;

enum class TcpSide : std::uint8_t { kClient, kHost };

}  // namespace squall::policies
