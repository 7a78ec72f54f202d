#include "policies/http2_keepalive.h"

#include <chrono>

namespace squall::policies {

/// The jitter is whole milliseconds below its most.
Duration until_ping(const Http2Keepalive& config, std::uint64_t random) {
  const auto most = static_cast<std::uint64_t>(static_cast<double>(to_ms(config.interval)) *
                                               config.jitter_percent / 100);
  if (most == 0) return config.interval;
  return config.interval + std::chrono::milliseconds(random % most);
}

bool pings_before_stream(const Http2Keepalive& config, const Http2Pings& pings, Instant now) {
  return config.idle_interval > Duration::zero() && !pings.waits &&
         now - pings.heard_at > config.idle_interval;
}

}  // namespace squall::policies
