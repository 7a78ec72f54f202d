#include <fmt/format.h>

#include <algorithm>

#include "config/bootstrap_cluster_parts.h"

namespace squall::config::envoy {
namespace {

using policies::ClusterConfig;

void read_thresholds(Fields& f, ClusterConfig& out) {
  bool seen[2] = {};
  f.objects("thresholds", [&](Fields& limits) {
    std::size_t priority = policies::kDefaultPriority;
    limits.choice("priority", priority,
                  {{"DEFAULT", policies::kDefaultPriority}, {"HIGH", policies::kHighPriority}});
    policies::Thresholds read;
    limits.integer("max_connections", read.max_connections);
    limits.integer("max_pending_requests", read.max_pending_requests);
    limits.integer("max_requests", read.max_requests);
    limits.integer("max_retries", read.max_retries);
    limits.object("retry_budget", [&](Fields& budget) {
      policies::RetryBudget& retry = read.retry_budget.emplace();
      read_percent(budget, "budget_percent", retry.budget_percent);
      budget.integer("min_retry_concurrency", retry.min_retry_concurrency);
      Duration interval{};
      if (budget.duration("budget_interval", interval) && interval > Duration::zero())
        budget["budget_interval"].unsupported();
    });
    limits.integer("max_connection_pools", read.max_connection_pools);
    limits.boolean("track_remaining", read.track_remaining);
    // Of two for one priority the first counts, as in Envoy.
    if (!seen[priority]) out.thresholds[priority] = read;
    seen[priority] = true;
  });
}

void read_circuit_breakers(Fields& f, ClusterConfig& out) {
  f.object("circuit_breakers", [&](Fields& breakers) {
    read_thresholds(breakers, out);
    bool seen[2] = {};
    breakers.objects("per_host_thresholds", [&](Fields& limits) {
      std::size_t priority = policies::kDefaultPriority;
      limits.choice("priority", priority,
                    {{"DEFAULT", policies::kDefaultPriority}, {"HIGH", policies::kHighPriority}});
      std::uint32_t most = ~std::uint32_t{0};
      limits.integer("max_connections", most);
      refuse(limits, {"max_pending_requests", "max_requests", "max_retries", "retry_budget",
                      "track_remaining", "max_connection_pools"});
      if (!seen[priority]) out.per_host_max_connections[priority] = most;
      seen[priority] = true;
    });
  });
}

void read_preconnecting(Fields& f, ClusterConfig& out) {
  f.object("preconnect_policy", [&](Fields& policy) {
    const Value ratio = policy["per_upstream_preconnect_ratio"];
    if (ratio) {
      const std::optional<double> value = ratio.number();
      if (value && *value >= 1 && *value <= 3) {
        out.preconnect_ratio = *value;
      } else {
        ratio.expected("a number from 1 to 3");
      }
    }
    refuse(policy, {"predictive_preconnect_ratio"});
  });
}

void read_type(Fields& f) {
  enum class Type : std::uint8_t { kStatic } type{};
  choice(f, "type", type, {{"STATIC", Type::kStatic}},
         {"STRICT_DNS", "LOGICAL_DNS", "EDS", "ORIGINAL_DST"});
  f.unsupported({"cluster_type"});
}

void read_transport_socket(Fields& f) {
  refuse(f, {"transport_socket_matches", "transport_socket_matcher"});
  const Value socket = f["transport_socket"];
  if (!socket) return;
  read_extension(socket, [](std::string_view type, Fields&) {
    return type == "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
  });
}

}  // namespace

void read_outlier_detection(Fields& f, std::string_view name,
                            std::optional<policies::OutlierDetection>& out) {
  f.object(name, [&](Fields& g) {
    policies::OutlierDetection& o = out.emplace();
    const IntegerRange percent{.least = 0, .most = 100};
    g.integer("consecutive_5xx", o.consecutive_5xx);
    g.integer("consecutive_gateway_failure", o.consecutive_gateway_failure);
    g.integer("consecutive_local_origin_failure", o.consecutive_local_origin_failure);
    g.integer("success_rate_minimum_hosts", o.success_rate_minimum_hosts);
    g.integer("success_rate_request_volume", o.success_rate_request_volume);
    g.integer("success_rate_stdev_factor", o.success_rate_stdev_factor);
    g.integer("failure_percentage_threshold", o.failure_percentage_threshold, percent);
    g.integer("failure_percentage_minimum_hosts", o.failure_percentage_minimum_hosts);
    g.integer("failure_percentage_request_volume", o.failure_percentage_request_volume);
    g.integer("enforcing_consecutive_5xx", o.enforcing_consecutive_5xx, percent);
    g.integer("enforcing_consecutive_gateway_failure", o.enforcing_consecutive_gateway_failure,
              percent);
    g.integer("enforcing_consecutive_local_origin_failure",
              o.enforcing_consecutive_local_origin_failure, percent);
    g.integer("enforcing_success_rate", o.enforcing_success_rate, percent);
    g.integer("enforcing_local_origin_success_rate", o.enforcing_local_origin_success_rate,
              percent);
    g.integer("enforcing_failure_percentage", o.enforcing_failure_percentage, percent);
    g.integer("enforcing_failure_percentage_local_origin",
              o.enforcing_failure_percentage_local_origin, percent);
    g.integer("max_ejection_percent", o.max_ejection_percent, percent);
    g.boolean("always_eject_one_host", o.always_eject_one_host);
    g.boolean("split_external_local_origin_errors", o.split_external_local_origin_errors);
    g.boolean("successful_active_health_check_uneject_host",
              o.successful_active_health_check_uneject_host);
    g.duration("interval", o.interval, {.least = 1ms});
    g.duration("base_ejection_time", o.base_ejection_time, {.least = 1ms});
    g.duration("max_ejection_time_jitter", o.max_ejection_time_jitter);
    const bool has_most = g.duration("max_ejection_time", o.max_ejection_time, {.least = 1ms});
    if (has_most && o.max_ejection_time < o.base_ejection_time) {
      g["max_ejection_time"].error("less than base_ejection_time", "make it at least as long");
    }
    o.max_ejection_time = std::max(o.max_ejection_time, o.base_ejection_time);
    g.boolean("detect_degraded_hosts", o.detect_degraded_hosts);
    refuse(g, {"monitors"});
  });
}

void read_cluster(Fields& f, ClusterConfig& out, ClusterShell& shell) {
  f.text("name", out.name);
  if (out.name.empty()) f.require("name");
  read_type(f);
  f.duration("connect_timeout", out.connect_timeout, {.least = 1ms});
  read_balancing(f, out);
  read_circuit_breakers(f, out);
  read_outlier_detection(f, "outlier_detection", out.outlier);
  read_protocols(f, out, shell);
  read_health_checks(f, "health_checks", out);
  read_preconnecting(f, out);
  read_transport_socket(f);
  read_hosts(f, "load_assignment", out);
  read_connection_limit(f, out.buffer_limit_bytes);
  f.boolean("close_connections_on_host_health_failure",
            out.close_connections_on_host_health_failure);
  f.accept({"alt_stat_name", "observability_name", "metadata", "cleanup_interval",
            "dns_refresh_rate", "dns_failure_refresh_rate", "respect_dns_ttl", "dns_lookup_family",
            "dns_resolvers", "use_tcp_for_dns_lookups", "dns_resolution_config",
            "typed_dns_resolver_config", "dns_jitter", "wait_for_warm_on_init",
            "ignore_health_on_host_removal", "track_timeout_budgets", "track_cluster_stats",
            "upstream_connection_options"});
  refuse(f,
         {"upstream_bind_config", "eds_cluster_config", "filters", "upstream_config", "lrs_server",
          "lrs_report_endpoint_metrics", "connection_pool_per_downstream_connection",
          "upstream_http_protocol_options", "http3_protocol_options"});
}

}  // namespace squall::config::envoy
