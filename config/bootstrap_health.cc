// Active health checks of a cluster and what its endpoints say of theirs.
#include <fmt/format.h>

#include <algorithm>

#include "config/bootstrap_cluster_parts.h"

namespace squall::config::envoy {
namespace {

using policies::HealthCheck;
using policies::StatusRange;

/// Bytes as hexadecimal digits.
void read_payload(Fields& payload, std::string& out) {
  payload.unsupported({"binary"}, "write text, in hexadecimal digits");
  std::string text;
  if (!payload.text("text", text)) {
    if (!payload["text"]) payload.require("text");
    return;
  }
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  const auto wrong = [&] { payload["text"].expected("pairs of hexadecimal digits"); };
  if (text.empty() || text.size() % 2 != 0) return wrong();
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return wrong();
    out += static_cast<char>(high * 16 + low);
  }
}

void read_ranges(Fields& f, std::string_view name, std::vector<StatusRange>& out) {
  std::vector<StatusRange> read;
  f.objects(name, [&](Fields& range) {
    StatusRange& one = read.emplace_back();
    range.integer("start", one.first, {.least = 100, .most = 600});
    range.integer("end", one.last, {.least = 100, .most = 600});
    if (one.first >= one.last)
      range.value().error("an empty range", "make its end greater than its start");
  });
  if (!read.empty()) out = std::move(read);
}

/// What the request brings and what the answer's body must hold.
void read_http_payloads(Fields& f, policies::HttpCheck& out) {
  f.object("send", [&](Fields& payload) { read_payload(payload, out.send); });
  f.objects("receive", [&](Fields& payload) { read_payload(payload, out.receive.emplace_back()); });
  f.integer("response_buffer_size", out.buffer_bytes, {.least = 0});
  const std::string_view method = out.method;
  const bool without_body =
      method == "GET" || method == "HEAD" || method == "DELETE" || method == "TRACE";
  if (!out.send.empty() && without_body)
    f["send"].error(fmt::format("a body with the method {}", method),
                    "choose POST, PUT, PATCH or OPTIONS, or send none");
  std::size_t bytes = 0;
  for (const std::string& block : out.receive) bytes += block.size();
  if (out.buffer_bytes > 0 && bytes > out.buffer_bytes)
    f["receive"].error(fmt::format("{} bytes, of which {} are looked at", bytes, out.buffer_bytes),
                       "raise response_buffer_size");
}

void read_http_check(Fields& f, policies::HttpCheck& out) {
  if (!f["path"]) f.require("path");
  f.text("path", out.path);
  f.text("host", out.host);
  f.choice("method", out.method,
           {{"METHOD_UNSPECIFIED", "GET"},
            {"GET", "GET"},
            {"HEAD", "HEAD"},
            {"POST", "POST"},
            {"PUT", "PUT"},
            {"DELETE", "DELETE"},
            {"OPTIONS", "OPTIONS"},
            {"TRACE", "TRACE"},
            {"PATCH", "PATCH"}});
  choice(f, "codec_client_type", out.http2, {{"HTTP1", false}, {"HTTP2", true}}, {"HTTP3"});
  read_additions(f, "request_headers_to_add", out.headers.request_add);
  read_removals(f, "request_headers_to_remove", out.headers.request_remove);
  read_ranges(f, "expected_statuses", out.expected);
  read_ranges(f, "retriable_statuses", out.retriable);
  if (f["service_name_matcher"]) {
    policies::StringMatch match;
    if (read_string_match(f["service_name_matcher"], match)) out.service_name = std::move(match);
  }
  read_http_payloads(f, out);
  refuse(f, {"use_http2"});
}

void read_grpc_check(Fields& f, policies::GrpcCheck& out) {
  f.text("service_name", out.service_name);
  f.text("authority", out.authority);
  read_additions(f, "initial_metadata", out.metadata.request_add);
}

/// Files, of the older field and of the sinks.
void read_event_logs(Fields& f, std::vector<std::string>& out) {
  if (std::string path; f.text("event_log_path", path) && !path.empty()) out.push_back(path);
  f.objects("event_logger", [&](Fields& logger) {
    read_extension(logger, [&](std::string_view type, Fields& config) {
      if (type != "envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink")
        return false;
      if (!config.text("event_log_path", out.emplace_back())) config.require("event_log_path");
      return true;
    });
  });
}

void read_tcp_check(Fields& f, policies::TcpCheck& out) {
  f.object("send", [&](Fields& payload) { read_payload(payload, out.send); });
  f.objects("receive", [&](Fields& payload) { read_payload(payload, out.receive.emplace_back()); });
  refuse(f, {"proxy_protocol_config"});
}

void read_intervals(Fields& f, HealthCheck& out) {
  const DurationRange positive{.least = 1ms};
  if (!f["timeout"]) f.require("timeout");
  if (!f["interval"]) f.require("interval");
  f.duration("timeout", out.timeout, positive);
  f.duration("interval", out.interval, positive);
  f.duration("initial_jitter", out.initial_jitter);
  f.duration("interval_jitter", out.interval_jitter);
  f.integer("interval_jitter_percent", out.interval_jitter_percent);
  f.duration("no_traffic_interval", out.no_traffic_interval, positive);
  f.duration("no_traffic_healthy_interval", out.no_traffic_healthy_interval, positive);
  f.duration("unhealthy_interval", out.unhealthy_interval, positive);
  f.duration("unhealthy_edge_interval", out.unhealthy_edge_interval, positive);
  f.duration("healthy_edge_interval", out.healthy_edge_interval, positive);
}

void read_check(Fields& f, HealthCheck& out) {
  read_intervals(f, out);
  const IntegerRange positive{.least = 1};
  if (!f["unhealthy_threshold"]) f.require("unhealthy_threshold");
  if (!f["healthy_threshold"]) f.require("healthy_threshold");
  f.integer("unhealthy_threshold", out.unhealthy_threshold, positive);
  f.integer("healthy_threshold", out.healthy_threshold, positive);
  f.boolean("reuse_connection", out.reuse_connection);
  const std::optional<std::size_t> kind = exactly_one(
      f, {"http_health_check", "tcp_health_check", "grpc_health_check"}, {"custom_health_check"});
  if (kind == 0U) {
    auto& http = out.kind.emplace<policies::HttpCheck>();
    f.object("http_health_check", [&](Fields& g) { read_http_check(g, http); });
  } else if (kind == 1U) {
    auto& tcp = out.kind.emplace<policies::TcpCheck>();
    f.object("tcp_health_check", [&](Fields& g) { read_tcp_check(g, tcp); });
  } else if (kind == 2U) {
    auto& grpc = out.kind.emplace<policies::GrpcCheck>();
    f.object("grpc_health_check", [&](Fields& g) { read_grpc_check(g, grpc); });
  }
  f.text("name", out.name);
  read_event_logs(f, out.event_logs);
  f.boolean("always_log_health_check_failures", out.always_log_failures);
  f.boolean("always_log_health_check_success", out.always_log_success);
  // Envoy has no use for the first; the others are about TLS, and hosts are asked in clear.
  f.accept({"alt_port", "tls_options", "transport_socket_match_criteria"});
  refuse(f, {"event_service"});
}

/// Several must be told apart.
void check_names(const Value& list, const std::vector<HealthCheck>& checks) {
  if (checks.size() < 2) return;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto same = [&](const HealthCheck& other) { return other.name == checks[i].name; };
    if (checks[i].name.empty())
      list.item(i).error("a health check without a name", "name each when there are several");
    else if (std::find_if(checks.begin(), checks.begin() + static_cast<std::ptrdiff_t>(i), same) !=
             checks.begin() + static_cast<std::ptrdiff_t>(i))
      list.item(i).error(fmt::format("a second health check \"{}\"", checks[i].name),
                         "name them apart");
  }
}

}  // namespace

void read_health_checks(Fields& f, std::string_view name, policies::ClusterConfig& out) {
  f.objects(name, [&](Fields& check) {
    read_check(check, out.health_checks.emplace_back());
    const bool grpc = std::holds_alternative<policies::GrpcCheck>(out.health_checks.back().kind);
    if (grpc && out.protocol != policies::Protocol::kHttp2)
      check["grpc_health_check"].error("a gRPC health check of a cluster without HTTP/2",
                                       "give the cluster http2_protocol_options");
  });
  check_names(f[name], out.health_checks);
}

void read_host_check(Fields& endpoint, policies::HostConfig& out) {
  endpoint.object("health_check_config", [&](Fields& config) {
    config.integer("port_value", out.check_port, {.least = 0, .most = 65'535});
    config.text("hostname", out.check_hostname);
    config.boolean("disable_active_health_check", out.disable_active_health_check);
    SocketAddress address;
    if (config["address"] && read_address(config, "address", address)) {
      out.check_address = std::move(address.address);
      if (out.check_port == 0) out.check_port = address.port;
    }
  });
}

}  // namespace squall::config::envoy
