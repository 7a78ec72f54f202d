#include <fmt/format.h>

#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

using policies::ClusterConfig;
using policies::HealthStatus;
using policies::HostConfig;
using policies::LbPolicy;

void read_locality(Fields& f, policies::Locality& out) {
  f.object("locality", [&](Fields& locality) {
    locality.text("region", out.region);
    locality.text("zone", out.zone);
    locality.text("sub_zone", out.sub_zone);
  });
}

void read_host(Fields& f, HostConfig& out) {
  f.unsupported({"endpoint_name"});
  if (!f["endpoint_name"] && !f["endpoint"]) f.require("endpoint");
  f.object("endpoint", [&](Fields& endpoint) {
    SocketAddress address;
    if (!endpoint["address"]) endpoint.require("address");
    read_address(endpoint, "address", address);
    out.address = std::move(address.address);
    out.port = address.port;
    endpoint.text("hostname", out.hostname);
    read_host_check(endpoint, out);
    refuse(endpoint, {"additional_addresses"});
  });
  f.choice("health_status", out.health,
           {{"UNKNOWN", HealthStatus::kHealthy},
            {"HEALTHY", HealthStatus::kHealthy},
            {"UNHEALTHY", HealthStatus::kUnhealthy},
            {"DRAINING", HealthStatus::kDraining},
            {"TIMEOUT", HealthStatus::kUnhealthy},
            {"DEGRADED", HealthStatus::kDegraded}});
  f.integer("load_balancing_weight", out.weight, {.least = 1});
  read_lb_metadata(f, "metadata", out.lb_metadata);
  for (const auto& [key, value] : out.lb_metadata) {
    if (key == "canary") out.canary = value == "true";
  }
}

void read_locality_hosts(Fields& f, ClusterConfig& out) {
  HostConfig common;
  read_locality(f, common.locality);
  f.integer("priority", common.priority, {.least = 0, .most = 128});
  // A locality's weight counts only with locality-weighted balancing, which is refused.
  f.accept({"load_balancing_weight", "proximity", "metadata"});
  refuse(f, {"load_balancer_endpoints", "leds_cluster_locality_config"});
  f.objects("lb_endpoints", [&](Fields& endpoint) {
    HostConfig& host = out.hosts.emplace_back(common);
    read_host(endpoint, host);
  });
}

void read_least_request(Fields& f, policies::LeastRequestConfig& out) {
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
  refuse(f, {"slow_start_config"});
}

/// The part of zone awareness that holds without a local cluster.
void read_zone_awareness(Fields& f, ClusterConfig& out) {
  f.object("zone_aware_lb_config", [&](Fields& zone) {
    zone.boolean("fail_traffic_on_panic", out.fail_traffic_on_panic);
    double ignored = 0;
    read_percent(zone, "routing_enabled", ignored);
    zone.accept({"min_cluster_size", "force_locality_direct_routing", "force_local_zone"});
  });
}

void read_locality_balancing(Fields& f, ClusterConfig& out) {
  f.object("locality_lb_config", [&](Fields& locality) {
    read_zone_awareness(locality, out);
    locality.unsupported({"locality_weighted_lb_config"});
  });
}

bool read_policy(std::string_view type, Fields& f, ClusterConfig& out) {
  constexpr std::string_view kPrefix = "envoy.extensions.load_balancing_policies.";
  if (!type.starts_with(kPrefix)) return false;
  type.remove_prefix(kPrefix.size());
  if (type == "round_robin.v3.RoundRobin") {
    out.lb = LbPolicy::kRoundRobin;
    refuse(f, {"slow_start_config"});
  } else if (type == "least_request.v3.LeastRequest") {
    out.lb = LbPolicy::kLeastRequest;
    read_least_request(f, out.least_request);
  } else if (type == "random.v3.Random") {
    out.lb = LbPolicy::kRandom;
  } else {
    return false;
  }
  read_locality_balancing(f, out);
  return true;
}

void read_common_balancing(Fields& f, ClusterConfig& out) {
  f.object("common_lb_config", [&](Fields& common) {
    read_percent(common, "healthy_panic_threshold", out.healthy_panic_threshold_percent);
    common.duration("update_merge_window", out.update_merge_window);
    read_zone_awareness(common, out);
    common.unsupported({"locality_weighted_lb_config"});
    common.boolean("ignore_new_hosts_until_first_hc", out.ignore_new_hosts_until_first_hc);
    common.accept({"consistent_hashing_lb_config"});
    refuse(common, {"close_connections_on_host_set_change", "override_host_status"});
  });
}

}  // namespace

void read_balancing(Fields& f, ClusterConfig& out) {
  const bool by_list = static_cast<bool>(f["load_balancing_policy"]);
  std::initializer_list<std::string_view> refused = {"RING_HASH", "MAGLEV", "CLUSTER_PROVIDED"};
  const Value name = f["lb_policy"];
  const bool says_list = by_list && name && name.node().text == "LOAD_BALANCING_POLICY_CONFIG";
  if (!says_list) {
    choice(f, "lb_policy", out.lb,
           {{"ROUND_ROBIN", LbPolicy::kRoundRobin},
            {"LEAST_REQUEST", LbPolicy::kLeastRequest},
            {"RANDOM", LbPolicy::kRandom}},
           refused);
  }
  f.object("least_request_lb_config", [&](Fields& g) { read_least_request(g, out.least_request); });
  f.object("round_robin_lb_config", [](Fields& g) { refuse(g, {"slow_start_config"}); });
  f.unsupported({"ring_hash_lb_config", "maglev_lb_config", "original_dst_lb_config"});
  read_common_balancing(f, out);
  f.object("load_balancing_policy", [&](Fields& list) {
    if (!list["policies"]) list.require("policies");
    // Envoy takes the first that it knows: so it is the first that says what shall happen.
    bool first = true;
    list.objects("policies", [&](Fields& policy) {
      if (!first) return policy.accept_all();
      first = false;
      if (!policy["typed_extension_config"]) policy.require("typed_extension_config");
      read_extension(policy["typed_extension_config"], [&](std::string_view type, Fields& config) {
        return read_policy(type, config, out);
      });
    });
  });
}

void read_hosts(Fields& f, std::string_view name, ClusterConfig& out) {
  f.object(name, [&](Fields& assignment) {
    assignment.accept({"cluster_name"});
    refuse(assignment, {"named_endpoints"});
    assignment.objects("endpoints", [&](Fields& g) { read_locality_hosts(g, out); });
    assignment.object("policy", [&](Fields& policy) {
      policy.integer("overprovisioning_factor", out.overprovisioning_factor, {.least = 1});
      policy.boolean("weighted_priority_health", out.weighted_priority_health);
      policy.accept({"endpoint_stale_after"});
      refuse(policy, {"drop_overloads", "disable_overprovisioning"});
    });
  });
}

}  // namespace squall::config::envoy
