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
#include "policies/downstream_stats.h"
#include "policies/worker.h"
#include "proxy/overload.h"
#include "proxy/tcp_session.h"

namespace squall::proxy {

/// Of one listener; which of the two counts is the configuration's word.
struct DoorStats {
  const policies::DownstreamStats* http;
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
