// DownstreamStats: what has happened at one listener's connection manager, under Envoy's names.
//
// Both shells tell it what their clients and codecs do; how a request ended is the worker's to say.
// Source: Envoy 1.40's http_conn_man and router statistics, "http.PREFIX.". Cost: a few additions a
// request.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "policies/machine/stats_view.h"
#include "policies/request_target.h"

namespace squall::policies {

struct DownstreamStats {
  std::string prefix;
  std::uint64_t connections = 0, connections_active = 0;
  std::uint64_t http1_connections = 0, http2_connections = 0;
  std::uint64_t closed_by_us = 0, closed_by_clients = 0;
  std::uint64_t closed_by_us_busy = 0, closed_by_clients_busy = 0;  // with a request under way
  std::uint64_t late_closes = 0;      // the client did not close in time
  std::uint64_t protocol_errors = 0;  // connections that ended so
  std::uint64_t requests_active = 0, http1_requests = 0, http2_requests = 0;
  std::array<std::uint64_t, 6> responses{};  // by the first digit of the status
  std::uint64_t early_responses = 0, resets = 0, upgrades_refused = 0;
  std::uint64_t bad_paths = 0, moved_paths = 0, no_paths = 0;
  std::uint64_t late_heads = 0, late_requests = 0, idle_streams = 0, long_streams = 0;
  // The router's.
  std::uint64_t routed = 0, no_route = 0, no_cluster = 0, direct = 0;

  void on_connection() { ++connections, ++connections_active; }
  /// Its first bytes say which protocol it speaks.
  void on_protocol(bool http2) { ++(http2 ? http2_connections : http1_connections); }
  void on_connection_end(bool by_client, bool busy);
  /// The first byte of a request, or a redirect that is followed for the client.
  void on_request(bool http2) { ++(http2 ? http2_requests : http1_requests), ++requests_active; }
  /// `complete`: the whole request had been received; the rest of one over HTTP/1.1 never is.
  void on_response(std::uint16_t status, bool complete, bool http2);
  /// A request that was not taken; REQUIRES: not kTaken.
  void on_refusal(Reception reception);
  /// A head that did not come in time.
  void on_late(Details details);
  /// A request that the worker logs.
  void on_request_end(const Worker& worker, const Request& request);

  void append_to(std::vector<NamedStat>& list) const;
};

}  // namespace squall::policies
