// Admin pages: what the proxy says of itself.
//
// /stats as "name: value" lines, /clusters as text or JSON (?format=json), /ready, /help. Names and
// shapes are Envoy's. Reading a page changes nothing. Not for hot paths.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "decisions/log_writer.h"
#include "policies/control.h"
#include "policies/worker.h"
#include "proxy/overload.h"
#include "proxy/tcp_session.h"

namespace squall::proxy {

/// Counters and gauges of one listener's HTTP connection manager.
struct DownstreamStats {
  std::string prefix;
  std::uint64_t connections = 0, connections_active = 0, requests = 0, requests_active = 0;
  std::uint64_t responses[6] = {};  // by the first digit of the status
  std::uint64_t http2_connections = 0;
  std::uint64_t late_heads = 0, late_requests = 0, idle_streams = 0, long_streams = 0, resets = 0;

  /// How a request ended.
  void count(policies::Details details) {
    using policies::Details;
    late_heads += details == Details::kRequestHeader ? 1 : 0;
    late_requests += details == Details::kRequestOverall ? 1 : 0;
    idle_streams += details == Details::kStreamIdle ? 1 : 0;
    long_streams += details == Details::kMaxDuration ? 1 : 0;
    resets += details == Details::kStreamReset ? 1 : 0;
  }
};

/// Of one listener; which of the two counts is the configuration's word.
struct DoorStats {
  const DownstreamStats* http;
  const TcpTraffic* tcp;
};

struct ProxyState {
  const policies::Worker& worker;
  const policies::Control& control;
  std::span<const DoorStats> listeners;
  bool stopping = false;
  const Overload* overload = nullptr;               // none: it is not asked for
  const decisions::LogWriter* decisions = nullptr;  // likewise
};
struct AdminPage {
  std::uint16_t status = 200;
  std::string_view type = "text/plain; charset=UTF-8";
  std::string body;
};

AdminPage admin_page(std::string_view method, std::string_view target, const ProxyState& state);

}  // namespace squall::proxy
