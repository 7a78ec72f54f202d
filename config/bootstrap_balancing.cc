// How a cluster spreads its requests: the older fields and the extensions of load_balancing_policy.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/bootstrap_cluster_parts.h"

namespace squall::config::envoy {
namespace {

using policies::ClusterConfig;
using policies::LbPolicy;

constexpr std::uint64_t kMostRing = 8'388'608, kMostTable = 5'000'011;

void read_slow_start(Fields& f, policies::SlowStart& out) {
  f.object("slow_start_config", [&](Fields& g) {
    g.duration("slow_start_window", out.window);
    g.object("aggression", [&](Fields& aggression) {
      aggression.number("default_value", out.aggression, {.least = 0, .above = true});
      aggression.accept({"runtime_key"});  // a runtime that sets it is refused
    });
    read_percent(g, "min_weight_percent", out.min_weight_percent);
  });
}

void read_least_request(Fields& f, ClusterConfig& cluster) {
  policies::LeastRequestConfig& out = cluster.least_request;
  f.integer("choice_count", out.choice_count, {.least = 2, .most = 65'536});
  f.object("active_request_bias", [&](Fields& bias) {
    bias.number("default_value", out.active_request_bias, {.least = 0});
    bias.accept({"runtime_key"});  // a runtime that sets it is refused
  });
  enum class Method : std::uint8_t { kChoices, kFullScan } method{};
  if (f.choice("selection_method", method,
               {{"N_CHOICES", Method::kChoices}, {"FULL_SCAN", Method::kFullScan}})) {
    out.full_scan = method == Method::kFullScan;
  }
  f.boolean("enable_full_scan", out.full_scan);
  read_slow_start(f, cluster.slow_start);
}

void read_ring(Fields& f, ClusterConfig& out) {
  const IntegerRange sizes{.least = 1, .most = kMostRing};
  f.integer("minimum_ring_size", out.ring_hash.minimum_size, sizes);
  f.integer("maximum_ring_size", out.ring_hash.maximum_size, sizes);
  if (out.ring_hash.minimum_size > out.ring_hash.maximum_size) {
    f[f["minimum_ring_size"] ? "minimum_ring_size" : "maximum_ring_size"].error(
        fmt::format("the ring has at least {} and at most {} entries", out.ring_hash.minimum_size,
                    out.ring_hash.maximum_size),
        "make the least no more than the most");
  }
  f.choice("hash_function", out.ring_hash.murmur,
           {{"DEFAULT_HASH", false}, {"XX_HASH", false}, {"MURMUR_HASH_2", true}});
}

bool is_prime(std::uint64_t n) {
  for (std::uint64_t i = 2; i * i <= n; ++i) {
    if (n % i == 0) return false;
  }
  return n > 1;
}

void read_maglev(Fields& f, ClusterConfig& out) {
  if (!f.integer("table_size", out.maglev.table_size, {.least = 2, .most = kMostTable})) return;
  if (!is_prime(out.maglev.table_size))
    f["table_size"].error("a table's size is a prime", "65537 is a usual one");
}

void read_hashing(Fields& f, ClusterConfig& out) {
  if (f.boolean("use_hostname_for_hashing", out.hashing.use_hostname) && out.hashing.use_hostname)
    f["use_hostname_for_hashing"].error("hosts of a STATIC cluster have no names to hash",
                                        "leave it out, or set hash_key in the hosts' metadata");
  f.integer("hash_balance_factor", out.hashing.balance_factor, {.least = 100});
}

void read_zone_awareness(Fields& f, ClusterConfig& out) {
  f.object("zone_aware_lb_config", [&](Fields& zone) {
    zone.boolean("fail_traffic_on_panic", out.fail_traffic_on_panic);
    read_percent(zone, "routing_enabled", out.zone_aware.routing_enabled_percent);
    zone.integer("min_cluster_size", out.zone_aware.min_cluster_size);
    zone.boolean("force_locality_direct_routing", out.zone_aware.force_local_zone);
    zone.object("force_local_zone", [&](Fields& force) {
      out.zone_aware.force_local_zone = true;
      force.integer("min_size", out.zone_aware.force_local_min_size);
    });
    zone.choice("locality_basis", out.zone_aware.by_weight,
                {{"HEALTHY_HOSTS_NUM", false}, {"HEALTHY_HOSTS_WEIGHT", true}});
  });
}

void read_locality_weighting(Fields& f, ClusterConfig& out) {
  if (f.object("locality_weighted_lb_config", [](Fields&) {})) out.locality_weighted = true;
}

void read_locality_balancing(Fields& f, ClusterConfig& out) {
  f.object("locality_lb_config", [&](Fields& locality) {
    locality.at_most_one({"zone_aware_lb_config", "locality_weighted_lb_config"});
    read_zone_awareness(locality, out);
    read_locality_weighting(locality, out);
  });
}

/// A hash extension: its own fields, those that both have, and the localities'.
void read_hash_policy_config(Fields& f, ClusterConfig& out) {
  f.object("consistent_hashing_lb_config", [&](Fields& g) { read_hashing(g, out); });
  read_locality_weighting(f, out);
  if (f.object("locality_weighted_lb_config", [](Fields&) {})) out.locality_weighted = true;
}

void read_client_weighted(Fields& f, policies::ClientWeighted& out) {
  f.duration("blackout_period", out.blackout_period);
  f.duration("weight_expiration_period", out.weight_expiration_period);
  f.duration("weight_update_period", out.weight_update_period);
  out.weight_update_period = std::max<Duration>(out.weight_update_period, 100ms);  // Envoy's least
  f.number("error_utilization_penalty", out.error_utilization_penalty, {.least = 0});
  f.texts("metric_names_for_computing_utilization", out.utilization_metrics);
  f.accept({"oob_reporting_period"});
  refuse(f, {"enable_oob_load_report"});
}

bool read_policy(std::string_view type, Fields& f, ClusterConfig& out);

/// {policies: [{typed_extension_config}...]}: Envoy takes the first that it knows, so it is the
/// first that says what shall happen.
void read_policies(Fields& list, ClusterConfig& out) {
  if (!list["policies"]) list.require("policies");
  bool first = true;
  list.objects("policies", [&](Fields& policy) {
    if (!first) return policy.accept_all();
    first = false;
    if (!policy["typed_extension_config"]) policy.require("typed_extension_config");
    read_extension(policy["typed_extension_config"], [&](std::string_view type, Fields& config) {
      return read_policy(type, config, out);
    });
  });
}

void read_override_host(Fields& f, ClusterConfig& out) {
  if (!f["override_host_sources"]) f.require("override_host_sources");
  f.objects("override_host_sources", [&](Fields& source) {
    exactly_one(source, {"header"}, {"metadata"});
    policies::OverrideHost& where = out.override_host.emplace_back();
    source.text("header", where.header);
    where.header = lower_case(where.header);
  });
  if (!f["fallback_policy"]) f.require("fallback_policy");
  f.object("fallback_policy", [&](Fields& list) { read_policies(list, out); });
}

bool read_policy(std::string_view type, Fields& f, ClusterConfig& out) {
  if (type == "squall.lb.v1.Rendezvous") {
    out.lb = LbPolicy::kRendezvous;
    return true;
  }
  constexpr std::string_view kPrefix = "envoy.extensions.load_balancing_policies.";
  if (!type.starts_with(kPrefix)) return false;
  type.remove_prefix(kPrefix.size());
  if (type == "round_robin.v3.RoundRobin") {
    out.lb = LbPolicy::kRoundRobin;
    read_slow_start(f, out.slow_start);
  } else if (type == "least_request.v3.LeastRequest") {
    out.lb = LbPolicy::kLeastRequest;
    read_least_request(f, out);
  } else if (type == "random.v3.Random") {
    out.lb = LbPolicy::kRandom;
  } else if (type == "ring_hash.v3.RingHash") {
    out.lb = LbPolicy::kRingHash;
    read_ring(f, out);
    read_hashing(f, out);
    read_hash_policy_config(f, out);
    return true;
  } else if (type == "maglev.v3.Maglev") {
    out.lb = LbPolicy::kMaglev;
    read_maglev(f, out);
    read_hash_policy_config(f, out);
    return true;
  } else if (type == "client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin") {
    out.lb = LbPolicy::kClientWeighted;
    read_client_weighted(f, out.client_weighted);
    read_slow_start(f, out.slow_start);
  } else if (type == "wrr_locality.v3.WrrLocality") {
    f.object("endpoint_picking_policy", [&](Fields& list) { read_policies(list, out); });
    out.locality_weighted = true;
    return true;
  } else if (type == "subset.v3.Subset") {
    read_subsets(f, out.subsets.emplace());
    f.object("subset_lb_policy", [&](Fields& list) { read_policies(list, out); });
    return true;
  } else if (type == "override_host.v3.OverrideHost") {
    read_override_host(f, out);
    return true;
  } else {
    return false;
  }
  read_locality_balancing(f, out);
  return true;
}

void read_common_balancing(Fields& f, ClusterConfig& out) {
  f.object("common_lb_config", [&](Fields& common) {
    common.at_most_one({"zone_aware_lb_config", "locality_weighted_lb_config"});
    read_percent(common, "healthy_panic_threshold", out.healthy_panic_threshold_percent);
    out.healthy_panic_threshold_percent = std::floor(out.healthy_panic_threshold_percent);
    common.duration("update_merge_window", out.update_merge_window);
    read_zone_awareness(common, out);
    read_locality_weighting(common, out);
    common.object("consistent_hashing_lb_config", [&](Fields& g) { read_hashing(g, out); });
    common.boolean("ignore_new_hosts_until_first_hc", out.ignore_new_hosts_until_first_hc);
    refuse(common, {"close_connections_on_host_set_change", "override_host_status"});
  });
}

}  // namespace

void read_balancing(Fields& f, ClusterConfig& out) {
  const bool by_list = static_cast<bool>(f["load_balancing_policy"]);
  const Value name = f["lb_policy"];
  const bool says_list = by_list && name && name.node().text == "LOAD_BALANCING_POLICY_CONFIG";
  if (!says_list) {
    choice(f, "lb_policy", out.lb,
           {{"ROUND_ROBIN", LbPolicy::kRoundRobin},
            {"LEAST_REQUEST", LbPolicy::kLeastRequest},
            {"RANDOM", LbPolicy::kRandom},
            {"RING_HASH", LbPolicy::kRingHash},
            {"MAGLEV", LbPolicy::kMaglev}},
           {"CLUSTER_PROVIDED"});
  }
  policies::SlowStart unused;
  ClusterConfig other;  // of the balancer that is not chosen
  f.object("least_request_lb_config", [&](Fields& g) {
    read_least_request(g, out.lb == LbPolicy::kLeastRequest ? out : other);
  });
  f.object("round_robin_lb_config", [&](Fields& g) {
    read_slow_start(g, out.lb == LbPolicy::kRoundRobin ? out.slow_start : unused);
  });
  f.object("ring_hash_lb_config", [&](Fields& g) { read_ring(g, out); });
  f.object("maglev_lb_config", [&](Fields& g) { read_maglev(g, out); });
  f.unsupported({"original_dst_lb_config"});
  read_common_balancing(f, out);
  f.object("lb_subset_config", [&](Fields& g) { read_subsets(g, out.subsets.emplace()); });
  // Envoy takes subsets for off when they say nothing.
  if (out.subsets && out.subsets->selectors.empty() &&
      out.subsets->fallback == policies::SubsetFallback::kNone)
    out.subsets.reset();
  f.object("load_balancing_policy", [&](Fields& list) { read_policies(list, out); });
}

}  // namespace squall::config::envoy
