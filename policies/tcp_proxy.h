// TcpProxy: what a listener does with connections whose bytes it passes on unread.
//
// Config, and what is decided of a connection before it has a host: its cluster, and how long it
// may last. The rest of its life is the Worker's (machine/tcp_sessions.cc). Source: envoy's
// tcp_proxy network filter (docs/policies.md, "TCP connections").
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "policies/base/time.h"
#include "policies/retry.h"
#include "policies/route_config.h"

namespace squall::policies {

struct TcpProxy {
  /// Its action is a Forward: clusters with their weights, what is asked of their hosts' metadata,
  /// and what is hashed (a source address alone).
  Route route;
  Duration idle_timeout = 1h;              // without a byte either way; 0: none
  std::uint32_t max_connect_attempts = 1;  // 1 to kMostRetries
  std::optional<RetryPolicy> backoff;      // its intervals lie between attempts; none: no wait
  std::optional<Duration> max_duration;    // of a client's connection, whole ms
  double max_duration_jitter_percent = 0;  // of that, which is added at most
};

/// What a listener's TCP connections came to.
struct TcpStats {
  std::uint64_t total = 0, no_route = 0, idle_timeout = 0, max_duration = 0;
};

/// Which of the route's clusters the connection is tried with after so many attempts to connect;
/// as many as there are: none.
std::uint32_t pick_tcp_cluster(const TcpProxy& proxy, std::uint64_t random, std::uint32_t attempts);
/// None: as long as it likes.
std::optional<Duration> longest_life(const TcpProxy& proxy, std::uint64_t random);
/// What the hosts' balancer goes by; none: there is no hash policy.
std::optional<std::uint64_t> tcp_hash(const TcpProxy& proxy, std::string_view peer);

}  // namespace squall::policies
