// The client's end of the lab's connections: on the proxy's own machine, a port a connection.
#pragma once
#include <cstddef>
#include <cstdint>

namespace squall::sim::lab {

inline constexpr const char* kClientAddress = "127.0.0.1";
constexpr std::uint16_t client_port(std::size_t door) {
  return static_cast<std::uint16_t>(40'000 + door % 20'000);
}

}  // namespace squall::sim::lab
