// How a cluster spreads its requests, as configured. Config only, const and shared. Defaults are
// Envoy's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/base/time.h"

namespace squall::policies {

enum class LbPolicy : std::uint8_t {
  kRoundRobin,
  kLeastRequest,
  kRandom,
  kRingHash,
  kMaglev,
  kClientWeighted,  // round robin by the loads that hosts report
  kRendezvous,      // our own: docs/adding_a_policy.md
};
/// Picks by the hash that a route's policies make of a request.
constexpr bool picks_by_hash(LbPolicy lb) {
  return lb == LbPolicy::kRingHash || lb == LbPolicy::kMaglev || lb == LbPolicy::kRendezvous;
}

struct LeastRequestConfig {
  std::uint32_t choice_count = 2;
  double active_request_bias = 1.0;
  bool full_scan = false;
};

struct RingHashConfig {
  std::uint64_t minimum_size = 1024, maximum_size = 8'388'608;
  bool murmur = false;  // MurmurHash2 instead of xxHash64
};

struct MaglevConfig {
  std::uint64_t table_size = 65'537;  // a prime
};

/// Of ring hash and maglev both.
struct HashingConfig {
  bool use_hostname = false;         // instead of the address as a host's key
  std::uint32_t balance_factor = 0;  // percent of its fair load that a host may have; 0: no bound
};

/// A host's weight grows for so long after it became healthy. Round robin and least request only.
struct SlowStart {
  Duration window{0};  // 0: none
  double aggression = 1;
  double min_weight_percent = 10;
};

struct ZoneAware {
  double routing_enabled_percent = 100;
  std::uint64_t min_cluster_size = 6;
  bool force_local_zone = false;
  std::uint32_t force_local_min_size = 1;  // hosts that the caller's zone must have to be forced
  bool by_weight = false;  // zones count by the weights of their healthy hosts, not their number
};

/// Weights from the loads that hosts report with their responses.
struct ClientWeighted {
  Duration blackout_period = 10s, weight_expiration_period = 180s, weight_update_period = 1s;
  double error_utilization_penalty = 0;
  std::vector<std::string> utilization_metrics;  // in place of application utilization and CPU
};

/// Key and value; sorted by key where it is a condition.
using MetadataPairs = std::vector<std::pair<std::string, std::string>>;

/// What a route or a weighted cluster asks of a host's metadata.
struct MetadataCriteria {
  MetadataPairs pairs;
  std::vector<MetadataPairs> fallback_list;  // tried in order in place of the same keys of `pairs`
  bool empty() const { return pairs.empty() && fallback_list.empty(); }
  friend bool operator==(const MetadataCriteria&, const MetadataCriteria&) = default;
};

enum class SubsetFallback : std::uint8_t {
  kNotDefined,  // of a selector: the cluster's
  kNone,
  kAnyEndpoint,
  kDefaultSubset,
  kKeysSubset,  // of a selector: again with fewer keys
};

struct SubsetSelector {
  std::vector<std::string> keys;  // sorted
  SubsetFallback fallback = SubsetFallback::kNotDefined;
  std::vector<std::string> fallback_keys;
  bool single_host = false;  // the first host of each value
};

struct SubsetConfig {
  SubsetFallback fallback = SubsetFallback::kNone;
  MetadataPairs default_subset;
  std::vector<SubsetSelector> selectors;
  bool locality_weight_aware = false, scale_locality_weight = false;
  bool panic_mode_any = false, list_as_any = false;
  bool fallback_list = false;  // metadata_fallback_policy FALLBACK_LIST
};

/// The host that the request itself names goes before the balancer.
struct OverrideHost {
  std::string header;  // addresses, first choice first
};

}  // namespace squall::policies
