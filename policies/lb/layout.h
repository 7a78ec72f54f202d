// Layout: the hosts of a cluster, or of a subset of it, by priority and locality, as configured.
// Worked out once and shared by all workers; anew when hosts come or go, which keep their numbers.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "policies/cluster_config.h"
#include "policies/lb/hash_table.h"
#include "policies/lb/stats.h"

namespace squall::policies::lb {

/// Local numbers, in the order of the configuration, with their weights.
struct HostList {
  std::vector<std::uint32_t> hosts;
  std::vector<std::uint32_t> weights;  // beside `hosts`; empty: all equal
};

struct LocalityLayout : HostList {
  const Locality* locality = nullptr;
  std::uint32_t weight = 0;
};

struct PriorityLayout : HostList {
  std::vector<LocalityLayout> localities;  // where they count; the proxy's own first
  std::unique_ptr<const HashTable> table;  // of all hosts; where hashes pick
};

enum class LocalityUse : std::uint8_t { kNone, kWeighted, kZoneAware };

struct HostSetLayout {
  /// What hash tables of a part of the hosts are built by; null: the cluster's own configuration.
  std::unique_ptr<const ClusterConfig> seen;
  std::vector<PriorityLayout> priorities;  // at least one
  LocalityUse locality_use = LocalityUse::kNone;
  bool has_own_locality = false;  // in priority 0
};

/// One host set to ask, and how that is counted when it had a host; none: it is not.
struct SubsetStep {
  std::uint32_t subset = 0;
  std::optional<LbStat> stat = LbStat::kSubsetsSelected;
};

struct ClusterLayout : HostSetLayout {
  std::vector<bool> absent;   // by host; empty: all are there
  std::uint32_t members = 0;  // hosts that are there
  std::vector<HostSetLayout> subsets;
  /// Where to look, in order: 0 without criteria, then by ClusterConfig::criteria. Empty: without
  /// subsets.
  std::vector<std::vector<SubsetStep>> plans;

  bool has(std::uint32_t host) const { return absent.empty() || !absent[host]; }
};

/// What the proxy knows of itself.
struct Whereabouts {
  const Locality* locality = nullptr;  // null: it does not say
  bool has_local_cluster = false;
};

HostSetLayout layout_of(const ClusterConfig& cluster, const Whereabouts& own,
                        std::span<const std::uint32_t> hosts);
/// Of the hosts that are there; `absent`: as in the layout.
ClusterLayout layout_of(const ClusterConfig& cluster, const Whereabouts& own,
                        std::vector<bool> absent = {});

}  // namespace squall::policies::lb
