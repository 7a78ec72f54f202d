#include "proxy/admin_pages.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "policies/machine/stats_view.h"
#include "proxy/stats_page.h"

namespace squall::proxy {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHelp =
    "admin commands are:\n"
    "  /clusters: hosts and their health (?format=json, ?filter=REGEX)\n"
    "  /help: this page\n"
    "  /listeners: where clients connect to (?format=json)\n"
    "  /ready: whether requests are taken\n"
    "  /server_info: state and uptime\n"
    "  /stats: counters and gauges (?filter=REGEX, ?usedonly, ?type=Counters|Gauges,\n"
    "    ?format=text|json|prometheus)\n"
    "  /stats/prometheus: the same in the Prometheus text format\n";

void add_tcp(const ProxyState& state, std::uint32_t listener,
             std::vector<policies::NamedStat>& list) {
  const TcpTraffic& traffic = *state.listeners[listener].tcp;
  const policies::TcpStats& decided = state.worker.tcp_stats(listener);
  const std::string prefix = fmt::format("tcp.{}.", state.listeners[listener].http->prefix);
  list.emplace_back(prefix + "downstream_cx_total", decided.total);
  list.emplace_back(prefix + "downstream_cx_no_route", decided.no_route);
  list.emplace_back(prefix + "downstream_cx_rx_bytes_total", traffic.received);
  list.emplace_back(prefix + "downstream_cx_tx_bytes_total", traffic.sent);
  list.emplace_back(prefix + "downstream_flow_control_paused_reading_total", traffic.paused);
  list.emplace_back(prefix + "downstream_flow_control_resumed_reading_total", traffic.resumed);
  list.emplace_back(prefix + "idle_timeout", decided.idle_timeout);
  list.emplace_back(prefix + "max_downstream_connection_duration", decided.max_duration);
  list.emplace_back(prefix + "upstream_flush_total", traffic.flushes);
  list.emplace_back(prefix + "upstream_flush_active", traffic.flushing);
}

void add_pings(const ProxyState& state, std::vector<policies::NamedStat>& list) {
  const auto& clusters = state.worker.configuration().epoch.clusters;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i].protocol != policies::Protocol::kHttp2) continue;
    list.emplace_back(fmt::format("cluster.{}.http2.keepalive_timeout", clusters[i].name),
                      state.pings->by_cluster[i]);
  }
  list.emplace_back("http2.keepalive_timeout", state.pings->of_clients);
}

AdminPage stats_page(const AdminQuery& query, const ProxyState& state) {
  std::vector<policies::NamedStat> list = policies::stats_of(state.worker, state.control);
  for (std::uint32_t i = 0; i < state.listeners.size(); ++i) {
    if (state.worker.configuration().epoch.listeners[i].tcp) {
      add_tcp(state, i, list);
    } else {
      state.listeners[i].http->append_to(list);
    }
  }
  if (state.pings != nullptr) add_pings(state, list);
  if (state.decisions != nullptr) {
    list.emplace_back("decision_log.written", state.decisions->written());
    list.emplace_back("decision_log.lost", state.decisions->lost());
  }
  if (state.overload != nullptr) {
    for (const auto& [name, value] : state.overload->stats()) list.emplace_back(name, value);
  }
  list.emplace_back("server.live", state.stopping ? 0 : 1);
  list.emplace_back("server.stale_events", state.worker.stale_events());
  std::vector<std::string_view> clusters;
  for (const policies::ClusterConfig& one : state.worker.configuration().epoch.clusters)
    clusters.push_back(one.name);
  return print_stats(query, list, clusters);
}

/// Whether a page leaves clusters out.
struct ClusterFilter {
  explicit ClusterFilter(const AdminQuery& query)
      : regex(query.value("filter").value_or(""), re2::RE2::Quiet) {}
  bool shows(const std::string& cluster) const { return re2::RE2::PartialMatch(cluster, regex); }
  re2::RE2 regex;
};

policies::HealthFlags flags_of(const ProxyState& state, std::uint32_t cluster, std::size_t host) {
  const auto flags = state.control.flags(cluster);
  const auto& config = state.worker.configuration().epoch.clusters[cluster];
  return flags.empty() ? policies::HealthFlags(config.hosts[host].health) : flags[host];
}

/// What the worker counts of a host; nothing before the cluster's first request.
struct HostGauges {
  std::uint32_t connections = 0, active = 0;
};
std::optional<HostGauges> gauges_of(const ProxyState& state, std::uint32_t cluster,
                                    std::size_t host) {
  const policies::ClusterState* own = state.worker.cluster(cluster);
  if (own == nullptr) return std::nullopt;
  return HostGauges{own->connections_to(static_cast<std::uint32_t>(host)), own->active[host]};
}

Json health_json(const policies::HostConfig& host, policies::HealthFlags flags) {
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

AdminPage clusters_json(const ClusterFilter& filter, const ProxyState& state) {
  Json clusters = Json::array();
  const policies::Epoch& epoch = state.worker.configuration().epoch;
  for (std::uint32_t c = 0; c < epoch.clusters.size(); ++c) {
    if (!filter.shows(epoch.clusters[c].name)) continue;
    Json hosts = Json::array();
    for (std::size_t h = 0; h < epoch.clusters[c].hosts.size(); ++h) {
      const policies::HostConfig& host = epoch.clusters[c].hosts[h];
      Json entry = {{"address",
                     {{"socket_address", {{"address", host.address}, {"port_value", host.port}}}}}};
      if (const auto own = gauges_of(state, c, h)) {
        entry["stats"] = {{{"name", "cx_active"}, {"value", own->connections}, {"type", "GAUGE"}},
                          {{"name", "rq_active"}, {"value", own->active}, {"type", "GAUGE"}}};
      }
      entry["health_status"] = health_json(host, flags_of(state, c, h));
      entry["weight"] = host.weight;
      if (!host.hostname.empty()) entry["hostname"] = host.hostname;
      entry["priority"] = host.priority;
      hosts.push_back(std::move(entry));
    }
    clusters.push_back({{"name", epoch.clusters[c].name}, {"host_statuses", std::move(hosts)}});
  }
  return {.type = "application/json", .body = Json{{"cluster_statuses", clusters}}.dump(1) + "\n"};
}

AdminPage clusters_text(const ClusterFilter& filter, const ProxyState& state) {
  AdminPage page;
  const policies::Epoch& epoch = state.worker.configuration().epoch;
  for (std::uint32_t c = 0; c < epoch.clusters.size(); ++c) {
    const policies::ClusterConfig& cluster = epoch.clusters[c];
    if (!filter.shows(cluster.name)) continue;
    for (const std::size_t priority : {policies::kDefaultPriority, policies::kHighPriority}) {
      const policies::Thresholds& limits = cluster.thresholds[priority];
      const std::string prefix =
          fmt::format("{}::{}_priority::", cluster.name,
                      priority == policies::kHighPriority ? "high" : "default");
      page.body += fmt::format("{}max_connections::{}\n", prefix, limits.max_connections);
      page.body += fmt::format("{}max_pending_requests::{}\n", prefix, limits.max_pending_requests);
      page.body += fmt::format("{}max_requests::{}\n", prefix, limits.max_requests);
      page.body += fmt::format("{}max_retries::{}\n", prefix, limits.max_retries);
    }
    for (std::size_t h = 0; h < cluster.hosts.size(); ++h) {
      const policies::HostConfig& host = cluster.hosts[h];
      const std::string prefix = fmt::format("{}::{}:{}::", cluster.name, host.address, host.port);
      const HostGauges own = gauges_of(state, c, h).value_or(HostGauges{});
      page.body += fmt::format("{}cx_active::{}\n", prefix, own.connections);
      page.body += fmt::format("{}rq_active::{}\n", prefix, own.active);
      page.body += fmt::format("{}hostname::{}\n", prefix, host.hostname);
      page.body +=
          fmt::format("{}health_flags::{}\n", prefix, policies::to_string(flags_of(state, c, h)));
      page.body += fmt::format("{}weight::{}\n", prefix, host.weight);
      page.body += fmt::format("{}region::{}\n", prefix, host.locality.region);
      page.body += fmt::format("{}zone::{}\n", prefix, host.locality.zone);
      page.body += fmt::format("{}sub_zone::{}\n", prefix, host.locality.sub_zone);
      page.body += fmt::format("{}canary::{}\n", prefix, host.canary);
      page.body += fmt::format("{}priority::{}\n", prefix, host.priority);
    }
  }
  return page;
}

AdminPage clusters_page(const AdminQuery& query, const ProxyState& state) {
  const ClusterFilter filter(query);
  if (!filter.regex.ok()) return bad_regex(filter.regex);
  return query.value("format") == "json" ? clusters_json(filter, state)
                                         : clusters_text(filter, state);
}

/// Listeners with the addresses that they really have.
AdminPage listeners_page(const AdminQuery& query, const ProxyState& state) {
  const auto& listeners = state.worker.configuration().epoch.listeners;
  Json rows = Json::array();
  AdminPage page;
  for (std::size_t i = 0; i < state.addresses.size(); ++i) {
    const SocketName& address = state.addresses[i];
    page.body += fmt::format("{}::{}\n", listeners[i].name, address.text());
    const Json socket = {{"address", address.address()}, {"port_value", address.port()}};
    rows.push_back({{"name", listeners[i].name}, {"local_address", {{"socket_address", socket}}}});
  }
  if (query.value("format") != "json") return page;
  return {.type = "application/json", .body = Json{{"listener_statuses", rows}}.dump(1) + "\n"};
}

AdminPage server_info(const ProxyState& state) {
  const std::string uptime = fmt::format("{}s", to_ms(state.uptime) / 1000);
  const Json info = {{"version", "squall-proxy"},
                     {"state", state.stopping ? "DRAINING" : "LIVE"},
                     {"uptime_current_epoch", uptime},
                     {"uptime_all_epochs", uptime},
                     {"command_line_options", {{"concurrency", 1}}},
                     {"node", {{"id", state.node_id}, {"cluster", state.node_cluster}}}};
  return {.type = "application/json", .body = info.dump(1) + "\n"};
}

}  // namespace

AdminPage admin_page(std::string_view method, std::string_view target, const ProxyState& state) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  const AdminQuery query(target.substr(std::min(mark + 1, target.size())));
  if (method != "GET") return {.status = 405, .body = "Method Not Allowed\n"};
  if (path == "/" || path == "/help") return {.body = std::string(kHelp)};
  if (path == "/stats") return stats_page(query, state);
  if (path == "/stats/prometheus") return stats_page(query.with("format", "prometheus"), state);
  if (path == "/ready") {
    return state.stopping ? AdminPage{.status = 503, .body = "DRAINING\n"}
                          : AdminPage{.body = "LIVE\n"};
  }
  if (path == "/clusters") return clusters_page(query, state);
  if (path == "/listeners") return listeners_page(query, state);
  if (path == "/server_info") return server_info(state);
  return {.status = 404, .body = "invalid path. " + std::string(kHelp)};
}

}  // namespace squall::proxy
