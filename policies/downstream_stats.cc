#include "policies/downstream_stats.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace squall::policies {

void DownstreamStats::on_connection_end(bool by_client, bool busy) {
  --connections_active;
  ++(by_client ? closed_by_clients : closed_by_us);
  if (busy) ++(by_client ? closed_by_clients_busy : closed_by_us_busy);
}

void DownstreamStats::on_response(std::uint16_t status, bool complete, bool http2) {
  const std::size_t digit = status / 100;
  if (digit < responses.size()) ++responses[digit];
  early_responses += complete ? 0 : 1;
  resets += complete || http2 ? 0 : 1;
}

void DownstreamStats::on_refusal(Reception reception) {
  bad_paths += reception == Reception::kBadPath ? 1 : 0;
  moved_paths += reception == Reception::kMovedPath ? 1 : 0;
  no_paths += reception == Reception::kNoPath ? 1 : 0;
}

void DownstreamStats::on_late(Details details) {
  late_heads += details == Details::kRequestHeader ? 1 : 0;
  late_requests += details == Details::kRequestOverall ? 1 : 0;
  idle_streams += details == Details::kStreamIdle ? 1 : 0;
  long_streams += details == Details::kMaxDuration ? 1 : 0;
}

void DownstreamStats::on_request_end(const Worker& worker, const Request& request) {
  const Details details = request.outcome.details;
  on_late(details);
  if (details == Details::kPathNormalization)
    on_refusal(request.outcome.status == 307 ? Reception::kMovedPath : Reception::kBadPath);
  const bool left = details == Details::kStreamReset || details == Details::kDownstreamDisconnect;
  resets += left ? 1 : 0;
  const RequestExtras* const extras = worker.extras(request);
  const bool waits = extras != nullptr && extras->filters.waits != FilterProgress::Waits::kNo;
  if (waits || is_before_router(details)) return;
  ++routed;
  no_route += details == Details::kRouteNotFound ? 1 : 0;
  no_cluster += details == Details::kClusterNotFound ? 1 : 0;
  direct += details == Details::kDirectResponse || details == Details::kRequireTls ? 1 : 0;
}

void DownstreamStats::append_to(std::vector<NamedStat>& list) const {
  const std::string start = fmt::format("http.{}.", prefix);
  std::uint64_t completed = 0;
  for (const std::uint64_t count : responses) completed += count;
  struct Row {
    std::string_view name;
    std::uint64_t value;
    StatKind kind = StatKind::kCounter;
  };
  const Row rows[] = {
      {"downstream_cx_total", connections},
      {"downstream_cx_active", connections_active, StatKind::kGauge},
      {"downstream_cx_http1_total", http1_connections},
      {"downstream_cx_http2_total", http2_connections},
      {"downstream_cx_destroy", closed_by_us + closed_by_clients},
      {"downstream_cx_destroy_local", closed_by_us},
      {"downstream_cx_destroy_remote", closed_by_clients},
      {"downstream_cx_destroy_active_rq", closed_by_us_busy + closed_by_clients_busy},
      {"downstream_cx_destroy_local_active_rq", closed_by_us_busy},
      {"downstream_cx_destroy_remote_active_rq", closed_by_clients_busy},
      {"downstream_cx_delayed_close_timeout", late_closes},
      {"downstream_cx_protocol_error", protocol_errors},
      {"downstream_rq_total", http1_requests + http2_requests},
      {"downstream_rq_active", requests_active, StatKind::kGauge},
      {"downstream_rq_http1_total", http1_requests},
      {"downstream_rq_http2_total", http2_requests},
      {"downstream_rq_1xx", responses[1]},
      {"downstream_rq_2xx", responses[2]},
      {"downstream_rq_3xx", responses[3]},
      {"downstream_rq_4xx", responses[4]},
      {"downstream_rq_5xx", responses[5]},
      {"downstream_rq_completed", completed},
      {"downstream_rq_failed_path_normalization", bad_paths},
      {"downstream_rq_redirected_with_normalized_path", moved_paths},
      {"downstream_rq_non_relative_path", no_paths},
      {"downstream_rq_ws_on_non_ws_route", upgrades_refused},
      {"downstream_rq_response_before_rq_complete", early_responses},
      {"downstream_rq_header_timeout", late_heads},
      {"downstream_rq_timeout", late_requests},
      {"downstream_rq_idle_timeout", idle_streams},
      {"downstream_rq_max_duration_reached", long_streams},
      {"downstream_rq_rx_reset", resets},
      {"rq_total", routed},
      {"no_route", no_route},
      {"no_cluster", no_cluster},
      {"rq_direct_response", direct},
      {"rq_redirect", 0},  // redirects are direct responses to 1.40
  };
  for (const auto& [name, value, kind] : rows)
    list.emplace_back(start + std::string(name), value, kind);
}

}  // namespace squall::policies
