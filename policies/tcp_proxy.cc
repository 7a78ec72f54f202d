#include "policies/tcp_proxy.h"

#include <chrono>

#include "policies/base/mix.h"
#include "policies/route.h"

namespace squall::policies {

std::uint32_t pick_tcp_cluster(const TcpProxy& proxy, std::uint64_t random,
                               std::uint32_t attempts) {
  return pick_entry(std::get<Forward>(proxy.route.action), {},
                    mix(random, Purpose::kRoute, attempts));
}

/// The jitter is whole milliseconds below its most, rounded up.
std::optional<Duration> longest_life(const TcpProxy& proxy, std::uint64_t random) {
  if (!proxy.max_duration) return std::nullopt;
  const auto ms = static_cast<double>(to_ms(*proxy.max_duration));
  const double jitter = ms * (proxy.max_duration_jitter_percent / 100);
  auto most = static_cast<std::uint64_t>(jitter);
  if (static_cast<double>(most) < jitter) ++most;
  if (most == 0) return proxy.max_duration;
  return *proxy.max_duration +
         std::chrono::milliseconds(mix(random, Purpose::kTcpDurationJitter, 0) % most);
}

std::optional<std::uint64_t> tcp_hash(const TcpProxy& proxy, std::string_view peer) {
  const auto& policies = std::get<Forward>(proxy.route.action).hash_policies;
  if (policies.empty()) return std::nullopt;
  RequestHead head;
  head.peer = peer;
  return hash_of(policies, head, nullptr);
}

}  // namespace squall::policies
