#include <fmt/format.h>

#include "config/bootstrap_cluster_parts.h"

namespace squall::config::envoy {
namespace {

using policies::ClusterConfig;
using policies::HealthStatus;
using policies::HostConfig;

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
  f.integer("load_balancing_weight", common.locality_weight, {.least = 1});
  if (!f["locality"]) common.locality_weight = 0;  // as in Envoy, where it then counts for nothing
  f.accept({"proximity", "metadata"});
  refuse(f, {"load_balancer_endpoints", "leds_cluster_locality_config"});
  f.objects("lb_endpoints", [&](Fields& endpoint) {
    HostConfig& host = out.hosts.emplace_back(common);
    read_host(endpoint, host);
  });
}

/// One category, as Envoy has it.
void read_drop_overload(Fields& f, ClusterConfig& out) {
  std::size_t count = 0;
  f.objects("drop_overloads", [&](Fields& drop) {
    std::string category;
    if (!drop.text("category", category)) drop.require("category");
    policies::Fraction& share = out.drop_overload;
    read_share(drop, "drop_percentage", share);
    if (share.numerator > share.denominator)
      drop["drop_percentage"].error("is more than all", "write 100 percent at most");
    ++count;
  });
  if (count > 1) f["drop_overloads"].error("has several categories", "write one");
}

}  // namespace

void read_hosts(Fields& f, std::string_view name, ClusterConfig& out) {
  f.object(name, [&](Fields& assignment) {
    assignment.accept({"cluster_name"});
    refuse(assignment, {"named_endpoints"});
    assignment.objects("endpoints", [&](Fields& g) { read_locality_hosts(g, out); });
    assignment.object("policy", [&](Fields& policy) {
      policy.integer("overprovisioning_factor", out.overprovisioning_factor, {.least = 1});
      policy.boolean("weighted_priority_health", out.weighted_priority_health);
      policy.accept({"endpoint_stale_after"});
      read_drop_overload(policy, out);
      refuse(policy, {"disable_overprovisioning"});
    });
  });
}

}  // namespace squall::config::envoy
