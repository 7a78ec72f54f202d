// Admin pages: what the proxy says of itself.
//
// /stats, /clusters, /listeners, /server_info, /config_dump, /ready, /help. Names, shapes and
// parameters are Envoy's; a parameter that no page has is passed over, as Envoy does. Reading a
// page changes nothing. Not for hot paths.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decisions/log_writer.h"
#include "policies/control.h"
#include "policies/downstream_stats.h"
#include "policies/worker.h"
#include "proxy/access_log.h"
#include "proxy/overload.h"
#include "proxy/socket.h"
#include "proxy/stats_page.h"
#include "proxy/tcp_session.h"

namespace squall::proxy {

inline constexpr std::string_view kVersionNumber = "0.1.0";

/// Of one listener; which of the two counts is the configuration's word.
struct DoorStats {
  const policies::DownstreamStats* http;
  const TcpTraffic* tcp;
};

/// Connections of HTTP/2 that were closed because a ping was not answered.
struct PingTimeouts {
  std::vector<std::uint64_t> by_cluster;
  std::uint64_t of_clients = 0;
};

struct ProxyState {
  const policies::Worker& worker;
  const policies::Control& control;
  std::span<const DoorStats> listeners;
  bool stopping = false;
  const Overload* overload = nullptr;               // none: it is not asked for
  const decisions::LogWriter* decisions = nullptr;  // likewise
  const PingTimeouts* pings = nullptr;              // likewise
  LogWrites logs{};                                 // of all access logs
  std::span<const SocketName> addresses{};          // of the listeners
  Duration uptime{};
  std::string_view node_id{}, node_cluster{};
  std::string_view bootstrap_text{}, bootstrap_name{};  // as it was read
};
AdminPage admin_page(std::string_view method, std::string_view target, const ProxyState& state);

}  // namespace squall::proxy
