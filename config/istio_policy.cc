#include "config/istio_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/istio_check.h"

namespace squall::config {
namespace {

void read_tls(Fields& f, ClientTls& out) {
  f.require("mode");
  f.choice("mode", out.mode,
           {{"DISABLE", std::string("DISABLE")},
            {"SIMPLE", std::string("SIMPLE")},
            {"MUTUAL", std::string("MUTUAL")},
            {"ISTIO_MUTUAL", std::string("ISTIO_MUTUAL")}});
  f.text("clientCertificate", out.client_certificate);
  f.text("privateKey", out.private_key);
  f.text("caCertificates", out.ca_certificates);
  f.text("credentialName", out.credential_name);
  f.texts("subjectAltNames", out.subject_alt_names);
  f.text("sni", out.sni);
  f.boolean("insecureSkipVerify", out.insecure_skip_verify);
  f.not_honoured({"caCrl"});
}

void read_budget(Fields& f, RetryBudget& out) {
  f.number("percent", out.percent, {.least = 0, .most = 100});
  f.integer("minRetryConcurrency", out.min_retry_concurrency);
  f.not_honoured({"budgetInterval"});
}

void read_policy(Fields& f, bool port_level, TrafficPolicy& out);

void read_port_levels(Fields& policy, TrafficPolicy& out) {
  policy.objects("portLevelSettings", [&](Fields& f) {
    auto& [port, settings] = out.ports.emplace_back();
    f.require("port");
    read_port_selector(f, "port", port);
    read_policy(f, true, settings);
  });
}

void read_policy(Fields& f, bool port_level, TrafficPolicy& out) {
  f.object("connectionPool", [&](Fields& g) { read_connection_pool(g, out.pool.emplace()); });
  f.object("loadBalancer", [&](Fields& g) { read_balancer(g, out.balancer.emplace()); });
  f.object("outlierDetection",
           [&](Fields& g) { read_outlier_detection(g, out.outlier.emplace()); });
  f.object("tls", [&](Fields& g) { read_tls(g, out.tls.emplace()); });
  if (port_level) return;
  f.object("retryBudget", [&](Fields& g) { read_budget(g, out.budget.emplace()); });
  f.not_honoured({"tunnel", "proxyProtocol"});
  read_port_levels(f, out);
}

bool says_nothing(const TrafficPolicy& p, Fields& f) {
  return !p.pool && !p.outlier && !p.balancer && !p.tls && !p.budget && p.ports.empty() &&
         !f.has("tunnel") && !f.has("proxyProtocol");
}

MtlsMode read_mode(Fields& f) {
  MtlsMode mode = MtlsMode::kUnset;
  f.choice("mode", mode,
           {{"UNSET", MtlsMode::kUnset},
            {"DISABLE", MtlsMode::kDisable},
            {"PERMISSIVE", MtlsMode::kPermissive},
            {"STRICT", MtlsMode::kStrict}});
  return mode;
}

void read_port_modes(Fields& spec, PeerAuthentication& out) {
  const Value value = spec["portLevelMtls"];
  const bool there = spec.map("portLevelMtls", [&](const std::string& key, const Value& one) {
    int port = 0;
    for (const char c : key) {
      port = c >= '0' && c <= '9' && port < 100'000 ? port * 10 + (c - '0') : 100'000;
    }
    if (port < 1 || port > 65535) one.error(fmt::format("{} is no port number", key));
    Fields f(one);
    out.ports.emplace_back(port, read_mode(f));
    f.finish();
  });
  if (!there) return;
  if (!out.selector) value.error("needs a selector beside it", "name the workload by its labels");
  if (out.ports.empty()) value.error("an empty mapping is refused", "leave it out");
}

}  // namespace

void read_connection_pool(Fields& f, ConnectionPool& out) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (!f.has("tcp") && !f.has("http")) {
    f.missing({"tcp", "http"}, "a connection pool needs tcp or http", "leave it out");
  }
  f.object("tcp", [&](Fields& g) {
    g.integer("maxConnections", out.max_connections, {0, kMost});
    read_ms(g, "connectTimeout", out.connect_timeout);
    read_ms(g, "idleTimeout", out.tcp_idle_timeout, Duration(0));
    read_ms(g, "maxConnectionDuration", out.max_connection_duration);
    g.object("tcpKeepalive", [&](Fields& h) {
      Keepalive& alive = out.keepalive.emplace();
      h.integer("probes", alive.probes);
      h.duration("time", alive.time, {.least = 1s});
      h.duration("interval", alive.interval, {.least = 1s});
    });
  });
  f.object("http", [&](Fields& g) {
    out.has_http = true;
    g.integer("http1MaxPendingRequests", out.max_pending_requests, {0, kMost});
    g.integer("http2MaxRequests", out.max_requests, {0, kMost});
    g.integer("maxRequestsPerConnection", out.max_requests_per_connection, {0, 536870912});
    g.integer("maxRetries", out.max_retries, {0, kMost});
    read_ms(g, "idleTimeout", out.idle_timeout);
    g.choice("h2UpgradePolicy", out.h2_upgrade,
             {{"DEFAULT", std::string()},
              {"DO_NOT_UPGRADE", std::string("DO_NOT_UPGRADE")},
              {"UPGRADE", std::string("UPGRADE")}});
    g.boolean("useClientProtocol", out.use_client_protocol);
    g.integer("maxConcurrentStreams", out.max_concurrent_streams, {0, kMost});
    g.not_honoured({"http2KeepAlive"});
    if (out.use_client_protocol && out.h2_upgrade == "UPGRADE") {
      g["useClientProtocol"].error("excludes h2UpgradePolicy UPGRADE", "keep one of the two");
    }
  });
}

void read_outlier_detection(Fields& f, OutlierDetection& out) {
  f.integer("consecutive5xxErrors", out.consecutive_5xx);
  f.integer("consecutiveGatewayErrors", out.consecutive_gateway);
  f.integer("consecutiveLocalOriginFailures", out.consecutive_local_origin);
  f.boolean("splitExternalLocalOriginErrors", out.split_local_origin);
  read_ms(f, "interval", out.interval);
  read_ms(f, "baseEjectionTime", out.base_ejection_time);
  f.integer("maxEjectionPercent", out.max_ejection_percent, {0, 100});
  f.integer("minHealthPercent", out.min_health_percent, {0, 100});
  if (const Value old = f["consecutiveErrors"]; old) {
    old.warning("is deprecated and without effect",
                "write consecutive5xxErrors or consecutiveGatewayErrors");
  }
  const Value split = f["splitExternalLocalOriginErrors"];
  const bool joint = !split || split.node().as_bool() == false;
  if (out.consecutive_local_origin.value_or(0) > 0 && joint) {
    f["consecutiveLocalOriginFailures"].error("needs splitExternalLocalOriginErrors: true");
  }
}

void read(Fields& object, DestinationRule& out) {
  object.object("spec", [&](Fields& spec) {
    spec.require("host", "name the service that the rule is for");
    spec.text("host", out.host);
    out.host_place = spec["host"].place();
    read_export_to(spec, out.export_to);
    read_selector(spec, "workloadSelector", "matchLabels", out.selector);
    spec.object("trafficPolicy", [&](Fields& f) {
      read_policy(f, false, out.policy.emplace());
      if (f.sound() && says_nothing(*out.policy, f))
        f.value().error("an empty policy is refused", "leave it out");
    });
    std::set<std::string> names;
    spec.objects("subsets", [&](Fields& f) {
      Subset& subset = out.subsets.emplace_back();
      subset.place = f.value().node().place;
      f.require("name");
      f.text("name", subset.name);
      read_labels(f, "labels", subset.labels);
      subset.labels_place = f["labels"].place();
      f.object("trafficPolicy", [&](Fields& g) { read_policy(g, false, subset.policy.emplace()); });
      if (f["name"] && f["name"].node().is_scalar() && f["name"].node().text.empty()) {
        f["name"].error("a subset needs a name");
      } else if (!subset.name.empty() && !names.insert(subset.name).second) {
        f["name"].error(fmt::format("the subset {} stands there twice", subset.name),
                        "give each subset its own name");
      }
    });
  });
}

void read(Fields& object, PeerAuthentication& out) {
  object.object("spec", [&](Fields& spec) {
    read_selector(spec, "selector", "matchLabels", out.selector);
    spec.object("mtls", [&](Fields& f) { out.mode = read_mode(f); });
    read_port_modes(spec, out);
  });
}

}  // namespace squall::config
