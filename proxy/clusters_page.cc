#include "proxy/clusters_page.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>

#include "policies/base/ip.h"

namespace squall::proxy {
namespace {

using Json = nlohmann::ordered_json;
using policies::ClusterConfig;
using policies::HostConfig;

/// One cluster as both formats need it.
struct Cluster {
  const ClusterConfig& config;
  const policies::ClusterState* state;  // null: no request yet
  const policies::SweptRates* rates;    // null: no sweep yet
  std::span<const policies::HealthFlags> flags;

  policies::HealthFlags flags_of(std::size_t host) const {
    return flags.empty() ? policies::HealthFlags(config.hosts[host].health) : flags[host];
  }
  policies::SweptRates::Host rates_of(std::size_t host) const {
    const bool known = rates != nullptr && host < rates->hosts.size();
    return known ? rates->hosts[host] : policies::SweptRates::Host{};
  }
  policies::SuccessRateThreshold threshold(bool local) const {
    if (rates == nullptr) return {-1, -1};
    return local ? rates->local : rates->external;
  }
  /// With a retry budget it moves with what is under way.
  std::uint64_t most_retries(std::size_t priority) const {
    const policies::Gauges now = state == nullptr ? policies::Gauges{} : state->gauges[priority];
    return policies::max_retries(config.thresholds[priority], now.requests, now.pending);
  }
};

struct HostCounts {
  policies::HostStats stats;
  std::uint64_t connections = 0, active = 0, pending = 0;
};

HostCounts counts_of(const Cluster& cluster, std::size_t host) {
  if (cluster.state == nullptr) return {};
  const policies::ClusterState& state = *cluster.state;
  const auto local = static_cast<std::uint32_t>(host);
  return {.stats = state.host_stats == nullptr ? policies::HostStats{} : state.host_stats[host],
          .connections = state.connections_to(local),
          .active = state.active[host],
          .pending = state.pending_to(local)};
}

Json health_json(const HostConfig& host, policies::HealthFlags flags) {
  using policies::HealthFlag;
  static constexpr std::pair<HealthFlag, const char*> kNames[] = {
      {HealthFlag::kFailedActiveHc, "failed_active_health_check"},
      {HealthFlag::kFailedOutlierCheck, "failed_outlier_check"},
      {HealthFlag::kDegradedActiveHc, "failed_active_degraded_check"},
      {HealthFlag::kPendingDynamicRemoval, "pending_dynamic_removal"},
      {HealthFlag::kPendingActiveHc, "pending_active_hc"},
      {HealthFlag::kExcludedViaImmediateHcFail, "excluded_via_immediate_hc_fail"},
      {HealthFlag::kActiveHcTimeout, "active_hc_timeout"},
      {HealthFlag::kDegradedOutlierDetection, "failed_degraded_outlier_detection"},
  };
  static constexpr const char* kDiscovered[] = {"HEALTHY", "DEGRADED", "UNHEALTHY", "DRAINING"};
  Json health = Json::object();
  for (const auto& [flag, name] : kNames) {
    if (flags.has(flag)) health[name] = true;
  }
  health["eds_health_status"] = kDiscovered[static_cast<std::size_t>(host.health)];
  return health;
}

Json locality_json(const policies::Locality& locality) {
  Json json = Json::object();
  if (!locality.region.empty()) json["region"] = locality.region;
  if (!locality.zone.empty()) json["zone"] = locality.zone;
  if (!locality.sub_zone.empty()) json["sub_zone"] = locality.sub_zone;
  return json;
}

/// Numbers of 64 bits are texts in Protobuf's JSON.
Json stats_json(const HostCounts& counts) {
  struct Row {
    const char* name;
    std::uint64_t value;
    bool gauge = false;
  };
  const policies::HostStats& stats = counts.stats;
  const Row rows[] = {{"cx_connect_fail", stats.cx_connect_fail},
                      {"cx_total", stats.cx_total},
                      {"rq_error", stats.rq_error},
                      {"rq_success", stats.rq_success},
                      {"rq_timeout", stats.rq_timeout},
                      {"rq_total", stats.rq_total},
                      {"cx_active", counts.connections, true},
                      {"rq_active", counts.active, true},
                      {"rq_pending_active", counts.pending, true}};
  Json list = Json::array();
  for (const Row& row : rows) {
    Json& one = list.emplace_back(Json::object());
    if (row.gauge) one["type"] = "GAUGE";
    if (row.value != 0) one["value"] = std::to_string(row.value);
    one["name"] = row.name;
  }
  return list;
}

Json host_json(const Cluster& cluster, std::size_t index) {
  const HostConfig& host = cluster.config.hosts[index];
  const policies::SweptRates::Host rates = cluster.rates_of(index);
  Json json;
  json["address"]["socket_address"] = {{"address", host.address}, {"port_value", host.port}};
  json["stats"] = stats_json(counts_of(cluster, index));
  json["health_status"] = health_json(host, cluster.flags_of(index));
  if (rates.external >= 0) json["success_rate"]["value"] = rates.external;
  json["weight"] = host.weight;
  if (!host.hostname.empty()) json["hostname"] = host.hostname;
  if (host.priority != 0) json["priority"] = host.priority;
  if (rates.local >= 0) json["local_origin_success_rate"]["value"] = rates.local;
  json["locality"] = locality_json(host.locality);
  return json;
}

Json limits_json(const Cluster& cluster) {
  Json list = Json::array();
  for (const std::size_t priority : {policies::kDefaultPriority, policies::kHighPriority}) {
    const policies::Thresholds& limits = cluster.config.thresholds[priority];
    Json& one = list.emplace_back(Json::object());
    if (priority == policies::kHighPriority) one["priority"] = "HIGH";
    one["max_connections"] = limits.max_connections;
    one["max_pending_requests"] = limits.max_pending_requests;
    one["max_requests"] = limits.max_requests;
    one["max_retries"] = cluster.most_retries(priority);
  }
  return Json{{"thresholds", std::move(list)}};
}

Json cluster_json(const Cluster& cluster) {
  Json json = {{"name", cluster.config.name}};
  const double external = cluster.threshold(false).threshold;
  const double local = cluster.threshold(true).threshold;
  if (external >= 0) json["success_rate_ejection_threshold"]["value"] = external;
  Json& hosts = json["host_statuses"] = Json::array();
  for (std::size_t i = 0; i < cluster.config.hosts.size(); ++i)
    hosts.push_back(host_json(cluster, i));
  if (local >= 0) json["local_origin_success_rate_ejection_threshold"]["value"] = local;
  json["circuit_breakers"] = limits_json(cluster);
  json["observability_name"] = cluster.config.name;
  return json;
}

void add_host_lines(const Cluster& cluster, std::size_t index, std::string& page) {
  const HostConfig& host = cluster.config.hosts[index];
  const std::string prefix =
      fmt::format("{}::{}::", cluster.config.name, with_port(host.address, host.port));
  const auto add = [&](std::string_view name, const auto& value) {
    page += fmt::format("{}{}::{}\n", prefix, name, value);
  };
  const HostCounts counts = counts_of(cluster, index);
  add("cx_active", counts.connections);
  add("cx_connect_fail", counts.stats.cx_connect_fail);
  add("cx_total", counts.stats.cx_total);
  add("rq_active", counts.active);
  add("rq_error", counts.stats.rq_error);
  add("rq_pending_active", counts.pending);
  add("rq_success", counts.stats.rq_success);
  add("rq_timeout", counts.stats.rq_timeout);
  add("rq_total", counts.stats.rq_total);
  add("hostname", host.hostname);
  add("health_flags", policies::to_string(cluster.flags_of(index)));
  add("weight", host.weight);
  add("region", host.locality.region);
  add("zone", host.locality.zone);
  add("sub_zone", host.locality.sub_zone);
  add("canary", host.canary);
  add("priority", host.priority);
  add("success_rate", cluster.rates_of(index).external);
  add("local_origin_success_rate", cluster.rates_of(index).local);
}

void add_cluster_lines(const Cluster& cluster, std::string& page) {
  const std::string& name = cluster.config.name;
  page += fmt::format("{}::observability_name::{}\n", name, name);
  for (const bool local : {false, true}) {
    if (!cluster.config.outlier) break;
    const std::string prefix =
        fmt::format("{}::outlier::{}success_rate_", name, local ? "local_origin_" : "");
    const policies::SuccessRateThreshold seen = cluster.threshold(local);
    page += fmt::format("{}average::{:g}\n", prefix, seen.mean);
    page += fmt::format("{}ejection_threshold::{:g}\n", prefix, seen.threshold);
  }
  for (const std::size_t priority : {policies::kDefaultPriority, policies::kHighPriority}) {
    const policies::Thresholds& limits = cluster.config.thresholds[priority];
    const std::string prefix = fmt::format(
        "{}::{}_priority::", name, priority == policies::kHighPriority ? "high" : "default");
    page += fmt::format("{}max_connections::{}\n", prefix, limits.max_connections);
    page += fmt::format("{}max_pending_requests::{}\n", prefix, limits.max_pending_requests);
    page += fmt::format("{}max_requests::{}\n", prefix, limits.max_requests);
    page += fmt::format("{}max_retries::{}\n", prefix, cluster.most_retries(priority));
  }
  page += fmt::format("{}::added_via_api::false\n", name);
  for (std::size_t i = 0; i < cluster.config.hosts.size(); ++i) add_host_lines(cluster, i, page);
}

}  // namespace

AdminPage clusters_page(const AdminQuery& query, const policies::Worker& worker,
                        const policies::Control& control) {
  const re2::RE2 filter(query.value("filter").value_or(""), re2::RE2::Quiet);
  if (!filter.ok()) return bad_regex(filter);
  const bool as_json = query.value("format") == "json";
  const policies::Epoch& epoch = worker.configuration().epoch;
  Json list = Json::array();
  AdminPage page;
  for (std::uint32_t i = 0; i < epoch.clusters.size(); ++i) {
    if (!re2::RE2::PartialMatch(epoch.clusters[i].name, filter)) continue;
    const Cluster cluster{.config = epoch.clusters[i],
                          .state = worker.cluster(i),
                          .rates = control.rates(i),
                          .flags = control.flags(i)};
    if (as_json) {
      list.push_back(cluster_json(cluster));
    } else {
      add_cluster_lines(cluster, page.body);
    }
  }
  if (!as_json) return page;
  return {.type = "application/json", .body = Json{{"cluster_statuses", list}}.dump(1) + "\n"};
}

}  // namespace squall::proxy
