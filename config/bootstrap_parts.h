// Readers of the messages that an Envoy bootstrap is made of: how bootstrap.cc works inside.
//
// Each takes the Fields of its message, or the message's parent and the field's name, and writes
// what is honoured into the policies' structs, whose defaults count. One file for each group below.
#pragma once
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/bootstrap.h"
#include "config/fields.h"
#include "policies/base/ascii.h"
#include "policies/cluster_config.h"
#include "policies/epoch.h"
#include "policies/match.h"
#include "policies/retry.h"
#include "policies/route_config.h"

namespace squall::config::envoy {

// bootstrap_values.cc: messages that many others use.

/// Refuses each of the fields that is set to more than false or an empty list.
void refuse(Fields& f, Fields::Names names);
void refuse_entries(Fields& f, std::string_view name);  // each entry of a mapping, by its name
void refuse_nonzero(Fields& f, Fields::Names names);    // durations that are not zero
/// A text that may not be empty; true when it is not.
bool read_nonempty(Fields& f, std::string_view name, std::string& out);
/// A text without line breaks and NULs, as Envoy wants what ends up in heads.
bool read_line(Fields& f, std::string_view name, std::string& out);
void check_line(const Value& place, std::string_view text);
/// Which of `names` is set, exactly one; none where one of `refused`, which exclude them, is set.
std::optional<std::size_t> exactly_one(Fields& f, Fields::Names names, Fields::Names refused);
/// choice(), where some names are Envoy's and not honoured.
template <class E>
bool choice(Fields& f, std::string_view name, E& out,
            std::initializer_list<Choice<Bare<E>>> choices, Fields::Names refused) {
  const Value value = f[name];
  for (const std::string_view other : refused) {
    if (!value || !value.node().is_scalar() || value.node().text != other) continue;
    std::vector<std::string_view> names;
    for (const auto& c : choices) names.push_back(c.name);
    const std::string_view of = names.size() > 1 ? "one of " : "";
    value.unsupported(other, fmt::format("write {}{}", of, fmt::join(names, ", ")));
    return false;
  }
  return f.choice(name, out, choices);
}
/// The "@type" of a typed_config without "type.googleapis.com/"; none is reported, and empty.
std::string type_of(Fields& typed_config);
/// Reports the type as not honoured; what it holds needs no other message.
void refuse_type(Fields& typed_config);
/// An extension {name, typed_config}: calls read(type, Fields& of the typed_config), which returns
/// false for a type that is not honoured; that is reported by its URL, where it stands.
bool read_extension(Fields& extension, auto&& read);
bool read_extension(const Value& extension, auto&& read);  // with nothing else in it
bool read_address(Fields& f, std::string_view name, SocketAddress& out);
bool read_percent(Fields& f, std::string_view name, double& out);
void read_connection_limit(Fields& f, std::uint64_t& out);  // 0: none
/// Http2ProtocolOptions, of clients or of hosts.
void read_http2_options(Fields& f, std::uint32_t& max_streams, policies::Http2Keepalive& out);
bool read_fraction(Fields& f, std::string_view name, std::optional<policies::Fraction>& out);
bool read_share(Fields& f, std::string_view name, policies::Fraction& out);  // none is 0 %
std::optional<std::string> read_data_source(Fields& f, std::string_view name);
/// As a host's `envoy.lb` metadata: a scalar's text by key.
using TextPairs = std::vector<std::pair<std::string, std::string>>;
void read_lb_metadata(Fields& f, std::string_view name, TextPairs& out);

// bootstrap_match.cc: conditions and header changes.
std::shared_ptr<const re2::RE2> read_regex(const Value& regex_matcher);
bool read_string_match(const Value& value, policies::StringMatch& out);
void read_header_matches(Fields& f, std::string_view name, std::vector<policies::HeaderMatch>& out);
void read_query_matches(Fields& f, std::string_view name, std::vector<policies::QueryMatch>& out);
std::optional<policies::RegexRewrite> read_regex_rewrite(Fields& f, std::string_view name);
void read_additions(Fields& f, std::string_view name, std::vector<policies::HeaderMutation>& out);
bool read_format(Fields& f, std::string_view name, std::string& out);  // with command operators
void read_removals(Fields& f, std::string_view name, std::vector<std::string>& out);
void read_header_mutations(Fields& f, policies::HeaderMutations& out);

// bootstrap_retry.cc
void read_retry_policy(Fields& f, std::string_view name, std::optional<policies::RetryPolicy>& out);
void read_hedge_policy(Fields& f, std::optional<policies::HedgePolicy>& out);

// bootstrap_routes.cc, bootstrap_actions.cc
/// What the actions of a table's routes may refer to.
struct RouteContext {
  const std::vector<policies::ClusterConfig>& clusters;
  bool validate = true;                 // a cluster that does not exist is an error
  std::int64_t most_body_bytes = 4096;  // of a direct response
};
void read_route_table(Fields& f, const std::vector<policies::ClusterConfig>& clusters,
                      policies::RouteTable& out);
void read_forward(Fields& f, const RouteContext& context, policies::Forward& out);
void read_mirrors(Fields& f, const RouteContext& context, std::vector<policies::MirrorPolicy>& out);
void read_redirect(Fields& f, policies::Redirect& out);
void read_direct_response(Fields& f, const RouteContext& context, policies::DirectResponse& out);

// bootstrap_listeners.cc, bootstrap_manager.cc, bootstrap_tcp.cc
void read_listener(Fields& f, const std::vector<policies::ClusterConfig>& clusters,
                   policies::Listener& listener, ListenerShell& shell);
void read_manager(Fields& f, const std::vector<policies::ClusterConfig>& clusters,
                  policies::Listener& listener, ListenerShell& shell);
void read_tcp_proxy(Fields& f, policies::Listener& listener, ListenerShell& shell);
void read_access_logs(Fields& f, std::string_view name, std::vector<AccessLog>& out);

// bootstrap_clusters.cc; the parts of a cluster: bootstrap_cluster_parts.h
void read_cluster(Fields& f, policies::ClusterConfig& out, ClusterShell& shell);

// bootstrap_subsets.cc
/// The route's side of subsets: what it asks of hosts' `envoy.lb` metadata.
void read_metadata_match(Fields& f, std::string_view name, policies::MetadataCriteria& out);
void read_hash_policies(Fields& f, std::string_view name, std::vector<policies::HashPolicy>& out);
// bootstrap_filters.cc, bootstrap_ratelimit.cc
void read_local_rate_limit(Fields& f, policies::LocalRateLimitConfig& out);
bool read_filter(std::string_view type, Fields& f, policies::FilterConfig& out);  // false: none
void read_filter_overrides(Fields& f, policies::FilterOverrides& out);
void read_rate_limits(Fields& f, std::vector<policies::RateLimit>& out);

// bootstrap_overload.cc
void read_overload_manager(Fields& f, std::string_view name,
                           std::optional<policies::OverloadConfig>& out,
                           policies::ReducedTimeouts& reduced);

bool read_extension(Fields& f, auto&& read) {
  std::string name, type;
  f.text("name", name);
  bool honoured = true;
  const bool typed = f.object("typed_config", [&](Fields& config) {
    type = type_of(config);
    if (type.empty()) return;
    honoured = read(std::string_view(type), config);
    if (!honoured) refuse_type(config);
  });
  if (!typed) f.require("typed_config");
  return !type.empty() && honoured;
}

bool read_extension(const Value& extension, auto&& read) {
  if (!extension.is_mapping()) return false;
  Fields f(extension);
  const bool honoured = read_extension(f, read);
  f.finish();
  return honoured;
}

}  // namespace squall::config::envoy
