#include "proxy/admin_pages.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "config/compile.h"
#include "config/document.h"
#include "policies/machine/stats_view.h"
#include "proxy/clusters_page.h"
#include "proxy/stats_page.h"

namespace squall::proxy {
namespace {

using Json = nlohmann::ordered_json;
using policies::StatKind;

constexpr std::string_view kHelp =
    "admin commands are:\n"
    "  /clusters: hosts, what happened at them and their health (?format=json, ?filter=REGEX)\n"
    "  /config_dump: the bootstrap that was read\n"
    "  /help: this page\n"
    "  /listeners: where clients connect to (?format=json)\n"
    "  /ready: whether requests are taken\n"
    "  /server_info: version, state and uptime\n"
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
  list.emplace_back(prefix + "upstream_flush_active", traffic.flushing, StatKind::kGauge);
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

void add_logs(const LogWrites& logs, std::vector<policies::NamedStat>& list) {
  list.emplace_back("filesystem.reopen_failed", logs.reopen_failed);
  list.emplace_back("filesystem.write_buffered", logs.buffered);
  list.emplace_back("filesystem.write_completed", logs.completed);
  list.emplace_back("filesystem.write_failed", logs.failed);
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
  add_logs(state.logs, list);
  if (state.decisions != nullptr) {
    list.emplace_back("decision_log.written", state.decisions->written());
    list.emplace_back("decision_log.lost", state.decisions->lost());
  }
  if (state.overload != nullptr) {
    for (const auto& [name, value] : state.overload->stats())
      list.emplace_back(name, value, StatKind::kGauge);
  }
  list.emplace_back("server.live", state.stopping ? 0 : 1, StatKind::kGauge);
  list.emplace_back("server.stale_events", state.worker.stale_events());
  std::vector<std::string_view> clusters;
  for (const policies::ClusterConfig& one : state.worker.configuration().epoch.clusters)
    clusters.push_back(one.name);
  return print_stats(query, list, clusters);
}

AdminPage json_page(const Json& json) {
  return {.type = "application/json", .body = json.dump(1) + "\n"};
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
  return json_page({{"listener_statuses", rows}});
}

/// As Envoy's: revision, version, state of the sources, kind of build, TLS library.
std::string version() {
#ifdef NDEBUG
  constexpr std::string_view kBuild = "RELEASE";
#else
  constexpr std::string_view kBuild = "DEBUG";
#endif
  return fmt::format("squall-proxy/{}/Clean/{}/none", kVersionNumber, kBuild);
}

AdminPage server_info(const ProxyState& state) {
  const std::string uptime = fmt::format("{}s", to_ms(state.uptime) / 1000);
  return json_page({{"version", version()},
                    {"state", state.stopping ? "DRAINING" : "LIVE"},
                    {"uptime_current_epoch", uptime},
                    {"uptime_all_epochs", uptime},
                    {"hot_restart_version", "disabled"},
                    {"command_line_options",
                     {{"concurrency", 1},
                      {"config_path", state.bootstrap_name},
                      {"mode", "Serve"},
                      {"disable_hot_restart", true}}},
                    {"node", {{"id", state.node_id}, {"cluster", state.node_cluster}}}});
}

/// The bootstrap as it was written, with nothing filled in.
AdminPage config_dump(const ProxyState& state) {
  const auto documents = config::parse_documents(state.bootstrap_text, "bootstrap");
  Json bootstrap = Json::object();
  if (documents && documents->size() == 1) bootstrap = config::to_json(documents->front());
  Json dump = {{"@type", "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump"},
               {"bootstrap", std::move(bootstrap)}};
  Json configs = Json::array();
  configs.push_back(std::move(dump));
  return json_page({{"configs", std::move(configs)}});
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
  if (path == "/clusters") return clusters_page(query, state.worker, state.control);
  if (path == "/listeners") return listeners_page(query, state);
  if (path == "/server_info") return server_info(state);
  if (path == "/config_dump") return config_dump(state);
  return {.status = 404, .body = "invalid path. " + std::string(kHelp)};
}

}  // namespace squall::proxy
