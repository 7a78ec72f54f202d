#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

using policies::Forward;
using policies::TcpProxy;

/// A cluster that does not exist is no error: its connections are closed, as Envoy has it.
void read_clusters(Fields& f, Forward& out) {
  const std::optional<std::size_t> form = f.exactly_one({"cluster", "weighted_clusters"});
  if (form == 0U) f.text("cluster", out.clusters.emplace_back().cluster);
  if (form != 1U) return;
  f.object("weighted_clusters", [&](Fields& weighted) {
    weighted.objects("clusters", [&](Fields& entry) {
      policies::WeightedCluster& one = out.clusters.emplace_back();
      if (!entry.text("name", one.cluster)) entry.require("name");
      if (!entry["weight"]) entry.require("weight");
      entry.integer("weight", one.weight, {.least = 1});
      read_metadata_match(entry, "metadata_match", one.metadata_match);
    });
    if (out.clusters.empty()) weighted.require("clusters");
  });
}

void read_hashing(Fields& f, Forward& out) {
  f.objects("hash_policy", [&](Fields& policy) {
    const std::optional<std::size_t> form = exactly_one(policy, {"source_ip"}, {"filter_state"});
    policy.object("source_ip", [](Fields&) {});
    refuse(policy, {"filter_state"});
    if (form) out.hash_policies.emplace_back().kind = policies::HashPolicy::Kind::kSourceIp;
  });
}

void read_backoff(Fields& f, TcpProxy& out) {
  f.object("backoff_options", [&](Fields& options) {
    policies::RetryPolicy& policy = out.backoff.emplace();
    if (!options["base_interval"]) options.require("base_interval");
    options.duration("base_interval", policy.base_interval, {.least = 1ms});
    policy.has_base_interval = true;
    options.duration("max_interval", policy.max_interval, {.least = 1ms});
    if (policy.max_interval && *policy.max_interval < policy.base_interval)
      options["max_interval"].expected("no less than base_interval");
  });
}

}  // namespace

void read_tcp_proxy(Fields& f, policies::Listener& listener, ListenerShell& shell) {
  f.text("stat_prefix", shell.stat_prefix);
  if (!f["stat_prefix"]) f.require("stat_prefix");
  listener.stat_prefix = shell.stat_prefix;
  TcpProxy& out = listener.tcp.emplace();
  Forward& forward = out.route.action.emplace<Forward>();
  read_clusters(f, forward);
  read_metadata_match(f, "metadata_match", forward.metadata_match);
  read_hashing(f, forward);
  f.duration("idle_timeout", out.idle_timeout);
  f.duration("max_downstream_connection_duration", out.max_duration, {.least = 1ms});
  read_percent(f, "max_downstream_connection_duration_jitter_percentage",
               out.max_duration_jitter_percent);
  f.integer("max_connect_attempts", out.max_connect_attempts,
            {.least = 1, .most = policies::kMostRetries});
  read_backoff(f, out);
  read_access_logs(f, "access_log", shell.access_logs);
  std::uint8_t mode = 0;
  choice(f, "upstream_connect_mode", mode, {{"IMMEDIATE", std::uint8_t{0}}},
         {"ON_DOWNSTREAM_DATA", "ON_DOWNSTREAM_TLS_HANDSHAKE"});
  refuse(f, {"tunneling_config", "on_demand", "access_log_options", "flush_access_log_on_connected",
             "proxy_protocol_tlvs", "proxy_protocol_tlv_merge_policy", "max_early_data_bytes"});
  refuse_nonzero(f, {"access_log_flush_interval"});
}

}  // namespace squall::config::envoy
