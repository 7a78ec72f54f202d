// Health of hosts and what it makes of a cluster's priorities: how much traffic does each one get?
//
// A priority counts as fuller than it is by the overprovisioning factor, and what it cannot carry
// spills to the next. When all together fall short, a priority with less than the panic threshold
// of hosts available uses all its hosts, whatever their health. Source: Envoy's priority load and
// panic, 1.36 (docs/policies.md, "Priorities"), integers truncated alike. Cost: linear in the
// priorities; allocates only when there are more than ever before.
#pragma once
#include <bitset>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "policies/cluster_config.h"

namespace squall::policies {

enum class HealthFlag : std::uint16_t {
  kFailedActiveHc = 1,
  kFailedOutlierCheck = 2,
  kFailedEdsHealth = 4,
  kDegradedActiveHc = 8,
  kDegradedEdsHealth = 16,
  kPendingDynamicRemoval = 32,
  kPendingActiveHc = 64,
  kExcludedViaImmediateHcFail = 128,
  kActiveHcTimeout = 256,
  kEdsStatusDraining = 512,
  kDegradedOutlierDetection = 1024,
};

enum class CoarseHealth : std::uint8_t { kUnhealthy, kDegraded, kHealthy };

/// The flags of one host.
class HealthFlags {
 public:
  constexpr HealthFlags() = default;
  /// What service discovery says.
  explicit HealthFlags(HealthStatus status);

  constexpr void set(HealthFlag flag, bool on = true) {
    const auto bit = static_cast<std::uint16_t>(flag);
    bits_ = static_cast<std::uint16_t>(on ? bits_ | bit : bits_ & ~bit);
  }
  constexpr bool has(HealthFlag flag) const {
    return (bits_ & static_cast<std::uint16_t>(flag)) != 0;
  }
  CoarseHealth coarse() const;
  /// As numbers, for records.
  constexpr std::uint16_t bits() const { return bits_; }
  static constexpr HealthFlags of(std::uint16_t bits) {
    HealthFlags flags;
    flags.bits_ = bits;
    return flags;
  }
  /// Not counted when the health of a priority is computed.
  bool excluded() const;
  friend bool operator==(HealthFlags, HealthFlags) = default;

 private:
  std::uint16_t bits_ = 0;
};
/// The hosts of a cluster as balancing shall see them.
struct PublishedHosts {
  std::span<const HealthFlags> flags;  // one a host
  std::span<const Instant>
      last_pass;  // of a check, after failing; before the run: never. Empty: no checks
  Instant at{};

  static constexpr Instant kNeverPassed = at_ns(std::numeric_limits<std::int64_t>::min() / 2);
};
/// "/failed_active_hc/failed_outlier_check" or "healthy", as the /clusters page prints them.
std::string to_string(HealthFlags flags);

/// Hosts of one priority by health. Excluded hosts count in `hosts` and, when they are healthy or
/// degraded, there too.
struct PriorityHosts {
  std::uint32_t hosts = 0, healthy = 0, degraded = 0, excluded = 0;
  std::uint64_t weight = 0, healthy_weight = 0, degraded_weight = 0, excluded_weight = 0;

  void add(HealthFlags flags, std::uint32_t host_weight);
};

/// Percentages of one priority.
struct PriorityLoad {
  std::uint8_t health = 0, degraded_health = 0;  // capacity, overprovisioned, at most 100
  std::uint8_t load = 0, degraded_load = 0;  // share of requests for healthy and for degraded hosts
  bool panic = false;                        // uses all its hosts
};

/// Fills `loads`, one for each priority.
void compute_priority_loads(const ClusterConfig& cluster, std::span<const PriorityHosts> priorities,
                            std::vector<PriorityLoad>& loads);

struct PriorityChoice {
  std::uint32_t priority = 0;
  bool degraded = false;  // its degraded hosts; not when it panics
};
/// By 64 drawn bits.
PriorityChoice choose_priority(std::span<const PriorityLoad> loads, std::uint64_t random);

/// State of Envoy's retry plugin previous_priorities for one request: each `update_frequency`
/// attempts, the priorities that were tried so far lose their load to the others.
struct PreviousPriorities {
  static constexpr std::size_t kMost = 128;
  std::uint32_t attempted = 0;
  std::bitset<kMost> tried, excluded;

  void on_attempt(std::uint32_t priority) {
    ++attempted;
    if (priority < kMost) tried.set(priority);
  }
};
/// Loads for the next attempt, `normal` or `adjusted`, whose contents are replaced.
std::span<const PriorityLoad> retry_priority_loads(PreviousPriorities& state,
                                                   std::uint32_t update_frequency,
                                                   std::span<const PriorityLoad> normal,
                                                   std::vector<PriorityLoad>& adjusted);

}  // namespace squall::policies
