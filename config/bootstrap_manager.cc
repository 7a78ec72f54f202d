#include "config/bootstrap_parts.h"
#include "policies/control_headers.h"

namespace squall::config::envoy {
namespace {

/// Zero, an enumerator's name for "as usual", or nothing: what a field may say that Squall does
/// anyhow.
void only(Fields& f, std::string_view name, std::string_view usual) {
  const Value value = f[name];
  if (!value) return;
  if (!value.node().is_scalar() || value.node().text != usual) value.unsupported();
}

void read_internal_addresses(Fields& f, policies::InternalAddresses& out) {
  f.object("internal_address_config", [&](Fields& config) {
    config.boolean("unix_sockets", out.unix_sockets);
    config.objects("cidr_ranges", [&](Fields& range) {
      std::string address;
      std::uint32_t length = 0;
      if (!range.text("address_prefix", address)) range.require("address_prefix");
      range.integer("prefix_len", length, {.least = 0, .most = 128});
      const auto network = parse_ip(address);
      if (!network) {
        range["address_prefix"].expected("an IP address");
      } else if (!network->v6 && length > 32) {
        range["prefix_len"].expected("an integer from 0 to 32");
      } else {
        out.ranges.push_back({*network, static_cast<std::uint8_t>(length)});
      }
    });
  });
}

/// What is done to a request's path and host before routes are looked at.
void read_target(Fields& f, policies::TargetRules& out) {
  using policies::EscapedSlashes;
  f.boolean("normalize_path", out.normalize_path);
  f.boolean("merge_slashes", out.merge_slashes);
  f.choice("path_with_escaped_slashes_action", out.escaped_slashes,
           {{"KEEP_UNCHANGED", EscapedSlashes::kKeep},
            {"REJECT_REQUEST", EscapedSlashes::kRefuse},
            {"UNESCAPE_AND_REDIRECT", EscapedSlashes::kRedirect},
            {"UNESCAPE_AND_FORWARD", EscapedSlashes::kForward},
            {"IMPLEMENTATION_SPECIFIC_DEFAULT", EscapedSlashes::kKeep}});
  f.boolean("strip_trailing_host_dot", out.strip_host_dot);
  bool matching = false, any = false;
  f.boolean("strip_matching_host_port", matching);
  f.boolean("strip_any_host_port", any);
  if (matching && any)
    f["strip_any_host_port"].error("excludes strip_matching_host_port", "write one of them");
  if (matching) out.strip_port = policies::StripPort::kMatching;
  if (any) out.strip_port = policies::StripPort::kAny;
}

void read_strict_checks(Fields& f, policies::Listener& out) {
  std::vector<std::string_view> names;
  for (const policies::StrictCheck& one : policies::kStrictChecks) names.push_back(one.header);
  f.list("strict_check_headers", [&](const Value& item) {
    if (const std::optional<std::size_t> i = item.one_of(names))
      out.strict_checks.push_back(policies::kStrictChecks[*i].invalid);
  });
}

void read_router(Fields& f, policies::Listener& out) {
  f.boolean("suppress_envoy_headers", out.suppress_envoy_headers);
  f.boolean("respect_expected_rq_timeout", out.respect_expected_rq_timeout);
  f.accept({"dynamic_stats", "start_child_span", "suppress_grpc_request_failure_code_stats"});
  read_strict_checks(f, out);
  refuse(f, {"upstream_log", "upstream_log_options", "upstream_http_filters",
             "reject_connect_request_early_data"});
}

void read_http_filters(Fields& f, policies::Listener& out) {
  const Value filters = f["http_filters"];
  if (!filters.is_sequence() || filters.node().items.empty()) {
    if (!filters || filters.node().is_sequence()) {
      (filters ? filters : f.value())
          .error("there is no HTTP filter", "add envoy.filters.http.router to http_filters");
    }
    return;
  }
  bool ended = false;
  std::optional<Value> last;
  f.objects("http_filters", [&](Fields& filter) {
    if (ended)
      filter.value().error("follows the router, which ends the chain", "put the router last");
    filter.accept({"is_optional"});
    refuse(filter, {"config_discovery"});
    policies::Filter one;
    filter.text("name", one.name);
    filter.boolean("disabled", one.disabled);
    read_extension(filter, [&](std::string_view type, Fields& config) {
      if (read_filter(type, config, one.config)) {
        out.filters.push_back(std::move(one));
        return true;
      }
      if (type != "envoy.extensions.filters.http.router.v3.Router") return false;
      read_router(config, out);
      ended = true;
      return true;
    });
    last = filter.value();
  });
  if (!ended && last)
    last->error("is the last filter and no router", "put envoy.filters.http.router behind it");
}

void read_protocols(Fields& f, policies::Listener& listener, ListenerShell& shell) {
  choice(f, "codec_type", shell.codec,
         {{"AUTO", ListenerCodec::kAuto},
          {"HTTP1", ListenerCodec::kHttp1},
          {"HTTP2", ListenerCodec::kHttp2}},
         {"HTTP3"});
  f.object("http_protocol_options", [](Fields& options) {
    options.accept({"allow_absolute_url"});
    refuse(options, {"accept_http_10", "default_host_for_http_10", "header_key_format",
                     "enable_trailers", "allow_chunked_length",
                     "override_stream_error_on_invalid_http_message", "send_fully_qualified_url",
                     "use_balsa_parser", "allow_custom_methods", "ignore_http_11_upgrade"});
  });
  f.object("common_http_protocol_options", [&](Fields& options) {
    only(options, "headers_with_underscores_action", "ALLOW");
    options.duration("idle_timeout", listener.idle_timeout);
    options.duration("max_connection_duration", listener.max_connection_duration);
    options.duration("max_stream_duration", listener.max_stream_duration);
    options.integer("max_requests_per_connection", listener.max_requests_per_connection);
    options.integer("max_headers_count", shell.max_headers_count, {.least = 1});
    options.accept({"max_response_headers_kb"});  // of hosts
  });
  f.object("http2_protocol_options", [&](Fields& options) {
    read_http2_options(options, shell.max_concurrent_streams, shell.keepalive);
  });
  refuse(f, {"http3_protocol_options"});
}

}  // namespace

void read_manager(Fields& f, const std::vector<policies::ClusterConfig>& clusters,
                  policies::Listener& listener, ListenerShell& shell) {
  f.text("stat_prefix", shell.stat_prefix);
  if (!f["stat_prefix"]) f.require("stat_prefix");
  listener.stat_prefix = shell.stat_prefix;
  read_protocols(f, listener, shell);
  f.unsupported({"rds", "scoped_routes"}, "write route_config");
  if (f["rds"] || f["scoped_routes"] ? f.has("route_config") : f.require("route_config")) {
    f.object("route_config", [&](Fields& g) { read_route_table(g, clusters, listener.routes); });
  }
  read_http_filters(f, listener);
  read_access_logs(f, "access_log", shell.access_logs);
  f.boolean("use_remote_address", listener.use_remote_address);
  f.integer("xff_num_trusted_hops", listener.xff_trusted_hops);
  read_internal_addresses(f, listener.internal);
  f.text("server_name", listener.server_name);
  f.duration("delayed_close_timeout", listener.delayed_close_timeout);
  using policies::ServerHeader;
  f.choice("server_header_transformation", listener.server_header,
           {{"OVERWRITE", ServerHeader::kOverwrite},
            {"APPEND_IF_ABSENT", ServerHeader::kAppendIfAbsent},
            {"PASS_THROUGH", ServerHeader::kPassThrough}});
  read_target(f, listener.target);
  only(f, "forward_client_cert_details", "SANITIZE");
  listener.stream_idle_timeout = 5min;
  f.duration("stream_idle_timeout", listener.stream_idle_timeout);
  f.duration("request_timeout", listener.request_timeout);
  f.duration("request_headers_timeout", listener.request_headers_timeout);
  f.duration("drain_timeout", listener.drain_timeout);
  f.integer("max_request_headers_kb", shell.max_request_headers_kb, {.least = 1, .most = 8192});
  refuse_nonzero(f, {"stream_flush_timeout"});
  f.boolean("generate_request_id", listener.generate_request_id);
  f.boolean("preserve_external_request_id", listener.preserve_external_request_id);
  f.boolean("always_set_request_id_in_response", listener.request_id_in_response);
  f.accept({"access_log_flush_interval", "access_log_options"});
  refuse(f, {"tracing",
             "add_user_agent",
             "http_filters_on_error",
             "original_ip_detection_extensions",
             "early_header_mutation_extensions",
             "skip_xff_append",
             "via",
             "set_current_client_cert_details",
             "proxy_100_continue",
             "represent_ipv4_remote_address_as_ipv4_mapped_ipv6",
             "upgrade_configs",
             "request_id_extension",
             "local_reply_config",
             "stream_error_on_invalid_http_message",
             "path_normalization_options",
             "proxy_status_config",
             "header_validation_config",
             "typed_header_validation_config",
             "append_x_forwarded_port",
             "append_local_overload",
             "add_proxy_protocol_connection_state",
             "http1_safe_max_connection_duration",
             "scheme_header_transformation",
             "forward_client_cert_matcher"});
}

}  // namespace squall::config::envoy
