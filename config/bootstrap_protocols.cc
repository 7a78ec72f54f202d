// What a cluster says of its HTTP: protocol, limits of its connections, and policies of its own.
#include "config/bootstrap_cluster_parts.h"

namespace squall::config::envoy {
namespace {

using policies::ClusterConfig;
using policies::ResponseMatch;

void read_response_match(Fields& f, ResponseMatch& out);

void read_rules(Fields& f, ResponseMatch::Kind kind, std::string_view name, ResponseMatch& out) {
  out.kind = kind;
  f.object(name, [&](Fields& set) {
    set.objects("rules",
                [&](Fields& rule) { read_response_match(rule, out.rules.emplace_back()); });
    if (out.rules.size() < 2)
      set["rules"].error("needs two rules at least", "write a single one by itself");
  });
}

/// Which responses are failures, of a MatchPredicate. What only a request or trailers could meet is
/// never met: Envoy does not show them to it.
void read_response_match(Fields& f, ResponseMatch& out) {
  const std::optional<std::size_t> form = exactly_one(
      f,
      {"or_match", "and_match", "not_match", "any_match", "http_response_headers_match",
       "http_request_headers_match", "http_request_trailers_match", "http_response_trailers_match"},
      {"http_request_generic_body_match", "http_response_generic_body_match"});
  if (form == 0U) {
    read_rules(f, ResponseMatch::Kind::kOr, "or_match", out);
  } else if (form == 1U) {
    read_rules(f, ResponseMatch::Kind::kAnd, "and_match", out);
  } else if (form == 2U) {
    out.kind = ResponseMatch::Kind::kNot;
    f.object("not_match",
             [&](Fields& rule) { read_response_match(rule, out.rules.emplace_back()); });
  } else if (form == 3U) {
    bool any = true;
    f.boolean("any_match", any);
    if (!any) f["any_match"].error("is false", "write true");
  } else if (form == 4U) {
    out.kind = ResponseMatch::Kind::kHeaders;
    f.object("http_response_headers_match",
             [&](Fields& match) { read_header_matches(match, "headers", out.headers); });
  } else if (form) {
    out.kind = ResponseMatch::Kind::kNever;
    static constexpr std::string_view kUnseen[] = {"http_request_headers_match",
                                                   "http_request_trailers_match",
                                                   "http_response_trailers_match"};
    f.object(kUnseen[*form - 5], [&](Fields& match) {
      std::vector<policies::HeaderMatch> unused;
      read_header_matches(match, "headers", unused);
    });
  }
}

/// common_http_protocol_options, of the cluster itself or of its typed options.
void read_common_options(Fields& f, ClusterConfig& out) {
  f.object("common_http_protocol_options", [&](Fields& options) {
    options.duration("idle_timeout", out.idle_timeout);
    options.duration("max_connection_duration", out.max_connection_duration);
    options.integer("max_requests_per_connection", out.max_requests_per_connection);
    options.duration("max_stream_duration", out.max_stream_duration);
    options.accept({"headers_with_underscores_action"});  // for requests that come in
    refuse(options, {"max_headers_count", "max_response_headers_kb"});
  });
}

void read_upstream_http2(Fields& options, ClusterConfig& out, ClusterShell& shell) {
  out.protocol = policies::Protocol::kHttp2;
  read_http2_options(options, out.max_concurrent_streams, shell.keepalive);
}

void read_http1_options(Fields& options) {
  options.accept({"allow_absolute_url"});  // for requests that come in
  refuse(options, {"accept_http_10", "header_key_format", "enable_trailers", "allow_chunked_length",
                   "override_stream_error_on_invalid_http_message", "send_fully_qualified_url",
                   "use_balsa_parser", "allow_custom_methods", "ignore_http_11_upgrade"});
}

/// What the cluster's requests get whatever their routes say.
void read_own_policies(Fields& f, ClusterConfig& out) {
  read_retry_policy(f, "retry_policy", out.retry);
  read_hash_policies(f, "hash_policy", out.hash_policies);
  // Envoy takes a mirror's cluster that does not exist: no copy is sent.
  const RouteContext anything{.clusters = {}, .validate = false};
  read_mirrors(f, anything, out.mirrors);
  f.object("outlier_detection", [&](Fields& detection) {
    detection.object("error_matcher",
                     [&](Fields& match) { read_response_match(match, out.failures.emplace()); });
  });
}

void read_typed_options(Fields& f, ClusterConfig& out, ClusterShell& shell) {
  read_common_options(f, out);
  exactly_one(f, {"explicit_http_config"}, {"use_downstream_protocol_config", "auto_config"});
  f.object("explicit_http_config", [&](Fields& explicit_config) {
    exactly_one(explicit_config, {"http_protocol_options", "http2_protocol_options"},
                {"http3_protocol_options"});
    explicit_config.object("http_protocol_options", read_http1_options);
    explicit_config.object("http2_protocol_options",
                           [&](Fields& options) { read_upstream_http2(options, out, shell); });
  });
  f.accept({"upstream_http_protocol_options"});  // of TLS, which no cluster has
  read_own_policies(f, out);
  refuse(f, {"http_filters", "header_validation_config"});
}

}  // namespace

void read_protocols(Fields& f, ClusterConfig& out, ClusterShell& shell) {
  bool typed_ones = false;
  f.map("typed_extension_protocol_options", [&](const std::string& name, const Value& options) {
    if (name != "envoy.extensions.upstreams.http.v3.HttpProtocolOptions") {
      options.unsupported();
    } else if (options.is_mapping()) {
      Fields typed(options);
      if (!type_of(typed).empty()) read_typed_options(typed, out, shell);
      typed_ones = true;
      typed.finish();
    }
  });
  // The older places of the same settings, which say nothing beside the new one.
  ClusterConfig unused;
  ClusterShell unused_shell;
  ClusterConfig& older = typed_ones ? unused : out;
  read_common_options(f, older);
  const bool stated = out.max_requests_per_connection != 0;
  if (f.integer("max_requests_per_connection", out.max_requests_per_connection) && stated)
    f["max_requests_per_connection"].error("is in the HTTP options, too", "say it in one place");
  f.object("http_protocol_options", read_http1_options);
  f.object("http2_protocol_options", [&](Fields& options) {
    read_upstream_http2(options, older, typed_ones ? unused_shell : shell);
  });
  enum class Selection : std::uint8_t { kConfigured } selection{};
  choice(f, "protocol_selection", selection, {{"USE_CONFIGURED_PROTOCOL", Selection::kConfigured}},
         {"USE_DOWNSTREAM_PROTOCOL"});
}

}  // namespace squall::config::envoy
