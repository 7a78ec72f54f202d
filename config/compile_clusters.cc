// Outbound clusters: type, balancer, limits, outlier detection, protocol, TLS.
#include <limits>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
constexpr const char* kHttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

std::uint32_t or_no_limit(std::uint32_t value) { return value == 0 ? kNoLimit : value; }

void add_outlier(const OutlierDetection& from, Json& out) {
  Json o = Json::object();
  if (from.consecutive_5xx) {
    o["consecutive5xx"] = *from.consecutive_5xx;
    o["enforcingConsecutive5xx"] = *from.consecutive_5xx > 0 ? 100 : 0;
  }
  if (from.interval) o["interval"] = proto_duration(*from.interval);
  if (from.base_ejection_time) o["baseEjectionTime"] = proto_duration(*from.base_ejection_time);
  if (from.max_ejection_percent > 0) o["maxEjectionPercent"] = from.max_ejection_percent;
  o["enforcingSuccessRate"] = 0;
  if (from.consecutive_gateway) {
    o["consecutiveGatewayFailure"] = *from.consecutive_gateway;
    o["enforcingConsecutiveGatewayFailure"] = *from.consecutive_gateway > 0 ? 100 : 0;
  }
  if (from.split_local_origin) {
    o["splitExternalLocalOriginErrors"] = true;
    if (from.consecutive_local_origin.value_or(0) > 0) {
      o["consecutiveLocalOriginFailure"] = *from.consecutive_local_origin;
      o["enforcingConsecutiveLocalOriginFailure"] = 100;
    }
    o["enforcingLocalOriginSuccessRate"] = 0;
  }
  out["outlierDetection"] = std::move(o);
}

void add_slow_start(const Warmup& warmup, const char* field, Json& out) {
  Json start = {{"slowStartWindow", proto_duration(warmup.duration)}};
  if (!warmup.plain) {
    start["aggression"] = {{"defaultValue", warmup.aggression.value_or(1)}, {"runtimeKey", "("}};
    start["minWeightPercent"] = {{"value", warmup.minimum_percent.value_or(10)}};
  }
  out[field] = {{"slowStartConfig", std::move(start)}};
}

void add_balancer(const ClusterOf& of, Json& out) {
  if (goes_through(of)) {
    out["lbPolicy"] = "CLUSTER_PROVIDED";
    return;
  }
  const LoadBalancer balancer = of.policy.balancer.value_or(LoadBalancer{});
  if (balancer.hash) {
    const ConsistentHash& hash = *balancer.hash;
    if (hash.maglev_size) {
      out["lbPolicy"] = "MAGLEV";
      out["maglevLbConfig"] = {{"tableSize", std::to_string(*hash.maglev_size)}};
    } else {
      out["lbPolicy"] = "RING_HASH";
      const std::uint64_t size = hash.ring_size.value_or(1024);
      out["ringHashLbConfig"] = {{"minimumRingSize", std::to_string(size)}};
    }
    return;
  }
  if (balancer.simple == "ROUND_ROBIN") {
    if (balancer.warmup) add_slow_start(*balancer.warmup, "roundRobinLbConfig", out);
  } else if (balancer.simple == "RANDOM") {
    out["lbPolicy"] = "RANDOM";
  } else {
    out["lbPolicy"] = "LEAST_REQUEST";
    if (balancer.warmup) add_slow_start(*balancer.warmup, "leastRequestLbConfig", out);
  }
}

void add_common_lb(const ClusterOf& of, const MeshConfig& config, Json& out) {
  const bool distributed = !of.service->traffic_distribution.empty() &&
                           !(of.policy.balancer && of.policy.balancer->locality);
  const std::uint32_t least =
      of.policy.outlier && !distributed ? of.policy.outlier->min_health_percent : 0;
  Json common = Json::object();
  common["healthyPanicThreshold"] = least == 0 ? Json::object() : Json{{"value", least}};
  if (!goes_through(of) && locality_plan(of, config).weighted) {
    common["localityWeightedLbConfig"] = Json::object();
  }
  out["commonLbConfig"] = std::move(common);
}

void add_dns(Json& out) {
  out["dnsRefreshRate"] = "60s";
  out["dnsJitter"] = "0.100s";
  out["respectDnsTtl"] = true;
  out["dnsLookupFamily"] = "V4_ONLY";
  out["typedDnsResolverConfig"] = {{"name", "envoy.network.dns_resolver.cares"},
                                   {"typedConfig", {{"udpMaxQueries", 100}}}};
}

bool upgrades(const ClusterOf& of, const MeshConfig& config) {
  if (of.port->protocol == Protocol::kSniffed) return false;
  const std::string said = of.policy.pool ? of.policy.pool->h2_upgrade : "";
  if (!said.empty()) return said == "UPGRADE";
  return config.h2_upgrade && is_http(of.port->protocol);
}

}  // namespace

std::string_view cluster_type(const ClusterOf& of) {
  const bool passes = of.policy.balancer && of.policy.balancer->simple == "PASSTHROUGH";
  switch (of.service->resolution) {
    case Resolution::kEndpoints:
      return passes ? "ORIGINAL_DST" : "EDS";
    case Resolution::kPassthrough:
      return "ORIGINAL_DST";
    case Resolution::kDns:
      return "STRICT_DNS";
    case Resolution::kDnsRoundRobin:
      return "LOGICAL_DNS";
    case Resolution::kDynamicDns:
      return "ORIGINAL_DST";
  }
  return "EDS";
}

bool is_http2_cluster(const ClusterOf& of, const MeshConfig& config) {
  if (of.policy.pool && of.policy.pool->use_client_protocol) return false;
  return is_http2(of.port->protocol) || upgrades(of, config);
}

void add_pool(const TrafficPolicy& policy, const MeshConfig& config, Json& out) {
  const ConnectionPool pool = policy.pool.value_or(ConnectionPool{});
  out["connectTimeout"] = proto_duration(pool.connect_timeout.value_or(config.connect_timeout));
  Json limits = {{"maxConnections", or_no_limit(pool.max_connections)},
                 {"maxPendingRequests", or_no_limit(pool.max_pending_requests)},
                 {"maxRequests", or_no_limit(pool.max_requests)},
                 {"maxRetries", or_no_limit(pool.max_retries)}};
  if (policy.budget) {
    limits["retryBudget"] = {
        {"budgetPercent", {{"value", policy.budget->percent.value_or(20)}}},
        {"minRetryConcurrency", policy.budget->min_retry_concurrency.value_or(3)}};
  }
  out["circuitBreakers"] = {{"thresholds", Json::array({std::move(limits)})}};
  const std::optional<Keepalive>& alive = pool.keepalive ? pool.keepalive : config.keepalive;
  if (!alive) return;
  Json keep = Json::object();
  if (alive->probes > 0) keep["keepaliveProbes"] = alive->probes;
  if (alive->time) keep["keepaliveTime"] = alive->time->count() / 1'000'000'000;
  if (alive->interval) keep["keepaliveInterval"] = alive->interval->count() / 1'000'000'000;
  out["upstreamConnectionOptions"] = {{"tcpKeepalive", std::move(keep)}};
}

void add_protocol_options(const ConnectionPool* pool, Protocol protocol, bool http2, bool sniffed,
                          bool auto_sni, bool auto_san, Json& out) {
  Json options = Json::object();
  if (auto_sni) {
    options["upstreamHttpProtocolOptions"]["autoSni"] = true;
    if (auto_san) options["upstreamHttpProtocolOptions"]["autoSanValidation"] = true;
  }
  if (pool != nullptr) {
    const std::optional<Duration>& idle =
        pool->idle_timeout ? pool->idle_timeout : pool->tcp_idle_timeout;
    Json common = Json::object();
    if (idle) common["idleTimeout"] = proto_duration(*idle);
    if (pool->max_requests_per_connection > 0) {
      common["maxRequestsPerConnection"] = pool->max_requests_per_connection;
    }
    if (pool->max_connection_duration) {
      common["maxConnectionDuration"] = proto_duration(*pool->max_connection_duration);
    }
    if (!common.empty() || pool->max_concurrent_streams > 0) {
      options["commonHttpProtocolOptions"] = std::move(common);
    }
  }
  const bool client = pool != nullptr && pool->use_client_protocol;
  if ((sniffed && protocol == Protocol::kSniffed) || client) {
    options["useDownstreamProtocolConfig"] = {{"httpProtocolOptions", Json::object()},
                                              {"http2ProtocolOptions", Json::object()}};
  } else if (http2) {
    Json h2 = Json::object();
    if (pool != nullptr && pool->max_concurrent_streams > 0) {
      h2["maxConcurrentStreams"] = pool->max_concurrent_streams;
    }
    options["explicitHttpConfig"] = {{"http2ProtocolOptions", std::move(h2)}};
  } else if (!options.empty()) {
    options["explicitHttpConfig"] = {{"httpProtocolOptions", Json::object()}};
  }
  if (!options.empty()) out["typedExtensionProtocolOptions"] = {{kHttpOptions, std::move(options)}};
}

Json cluster_of(const Registry& registry, const Client& client, const ClusterOf& of) {
  const MeshConfig& config = registry.config();
  const std::string_view type = cluster_type(of);
  Json out = Json::object();
  add_tls(registry, of, is_http2_cluster(of, config), out);
  out["type"] = type;
  add_balancer(of, out);
  add_pool(of.policy, config, out);
  const bool simple =
      of.policy.tls && (of.policy.tls->mode == "SIMPLE" || of.policy.tls->mode == "MUTUAL");
  const bool auto_sni = simple && of.policy.tls->sni.empty();
  const bool auto_san =
      auto_sni && of.policy.tls->subject_alt_names.empty() && !of.policy.tls->insecure_skip_verify;
  const ConnectionPool* pool = of.policy.pool ? &*of.policy.pool : nullptr;
  add_protocol_options(pool, of.port->protocol, is_http2_cluster(of, config), true, auto_sni,
                       auto_san, out);
  if (of.policy.outlier) add_outlier(*of.policy.outlier, out);
  add_common_lb(of, config, out);
  if (type.ends_with("DNS")) {
    out["loadAssignment"] = endpoints_of(registry, client, of);
    add_dns(out);
  }
  if (of.rule != nullptr) {
    out["metadata"] = origin("destination-rule", of.rule->meta,
                             of.subset != nullptr ? of.subset->place : of.rule->meta.place);
  } else {
    out["metadata"] = {{"filterMetadata", {{"istio", Json::object()}}}};
  }
  Json& istio = out["metadata"]["filterMetadata"]["istio"];
  istio["services"] = Json::array(
      {{{"host", of.service->host}, {"name", of.service->name}, {"namespace", of.service->ns}}});
  if (of.subset != nullptr) istio["subset"] = of.subset->name;
  return out;
}

void add_clusters(const Registry& registry, const Client& client, const Scope& scope, View& view) {
  std::map<std::string, Json> clusters;
  std::map<std::string, Json> endpoints;
  const auto add = [&](const ClusterOf& of) {
    const std::string name = of.name();
    const std::string_view type = cluster_type(of);
    const Json& cluster = clusters[name] = cluster_of(registry, client, of);
    const auto own = cluster.find("loadAssignment");
    const Json* hosts = own != cluster.end() ? &*own : nullptr;
    if (type == "EDS") {
      hosts = &(endpoints[name] = endpoints_of(registry, client, of));
    } else if (type == "ORIGINAL_DST") {
      view.passthrough_endpoints[name] = endpoints_of(registry, client, of);
    }
    view.transports[name] = transport_of(registry, of, hosts);
  };
  for (const ScopedService& one : scope.services) {
    const DestinationRule* rule = rule_for(registry, client, *one.service);
    for (const MeshPort& port : one.service->ports) {
      if (port.protocol == Protocol::kUdp || !one.shows(port.number)) continue;
      ClusterOf of{one.service, &port, nullptr, rule, {}};
      of.policy = policy_of(rule, nullptr, port.number, registry.config());
      add(of);
      if (rule == nullptr) continue;
      for (const Subset& subset : rule->subsets) {
        of.subset = &subset;
        of.policy = policy_of(rule, &subset, port.number, registry.config());
        add(of);
      }
    }
  }
  for (auto& [name, json] : clusters) view.clusters[name] = std::move(json);
  for (auto& [name, json] : endpoints) view.endpoints[name] = std::move(json);
}

}  // namespace squall::config
