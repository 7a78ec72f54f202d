#include <fmt/format.h>

#include <re2/re2.h>

#include <algorithm>
#include <unordered_map>

#include "config/bootstrap_parts.h"
#include "config/provenance.h"

namespace squall::config::envoy {
namespace {

using policies::PathMatch;
using policies::Route;
using policies::RouteTable;
using policies::VirtualHost;

/// What a pattern's compiler says, at the place where the pattern stands.
template <class T>
bool take_compiled(const Value& place, Result<T> compiled, T& out) {
  if (compiled) {
    out = *std::move(compiled);
    return true;
  }
  for (const Diagnostic& one : compiled.error().all()) place.error(one.what, one.advice);
  return false;
}

void read_template(const Value& extension, PathMatch& out) {
  policies::UriTemplate shape;
  shape.regex = std::make_shared<const re2::RE2>("");  // of one that is wrong: nothing
  read_extension(extension, [&](std::string_view type, Fields& config) {
    if (type != "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig") return false;
    if (!config.text("path_template", out.value)) {
      config.require("path_template");
    } else {
      take_compiled(config["path_template"], policies::compile_uri_template(out.value), shape);
    }
    return true;
  });
  out.shape = std::make_shared<const policies::UriTemplate>(std::move(shape));
}

void read_template_rewrite(Fields& f, const PathMatch& match, policies::PathRewrite& out) {
  const Value policy = f["path_rewrite_policy"];
  if (!policy) return;
  read_extension(policy, [&](std::string_view type, Fields& config) {
    if (type != "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig")
      return false;
    std::string rewrite;
    if (!config.text("path_template_rewrite", rewrite)) {
      config.require("path_template_rewrite");
    } else if (match.kind != PathMatch::Kind::kTemplate) {
      config.value().error("the route matches no template", "match by path_match_policy");
    } else {
      policies::UriRewrite compiled;
      const Value place = config["path_template_rewrite"];
      if (take_compiled(place, policies::compile_uri_rewrite(rewrite, *match.shape), compiled))
        out.shape = std::move(compiled);
    }
    return true;
  });
}

/// A template says of no prefix what was matched.
void check_prefix_rewrite(Fields& f, const PathMatch& match, std::string_view prefix,
                          std::string_view instead) {
  if (match.kind != PathMatch::Kind::kTemplate || prefix.empty()) return;
  f["prefix_rewrite"].error("excludes path_match_policy",
                            fmt::format("write {} or regex_rewrite", instead));
}

void read_path(Fields& f, PathMatch& out) {
  const std::optional<std::size_t> form =
      exactly_one(f,
                  {"prefix", "path", "path_separated_prefix", "safe_regex", "connect_matcher",
                   "path_match_policy"},
                  {});
  if (form == 0U) {
    out.kind = PathMatch::Kind::kPrefix;
    f.text("prefix", out.value);
  } else if (form == 1U) {
    out.kind = PathMatch::Kind::kExact;
    f.text("path", out.value);
  } else if (form == 2U) {
    out.kind = PathMatch::Kind::kSeparatedPrefix;
    f.text("path_separated_prefix", out.value);
    const bool good = out.value.size() > 1 && out.value.find_first_of("?#") == std::string::npos &&
                      !out.value.ends_with('/');
    if (!good)
      f["path_separated_prefix"].expected("a path such as \"/api\", without '/' at its end");
  } else if (form == 3U) {
    out.kind = PathMatch::Kind::kRegex;
    out.regex = read_regex(f["safe_regex"]);
    const Node* regex = f["safe_regex"].node().find("regex");
    if (regex != nullptr) out.value = regex->text;
  } else if (form == 4U) {
    out.kind = PathMatch::Kind::kConnect;
    f.object("connect_matcher", [](Fields&) {});
  } else if (form == 5U) {
    out.kind = PathMatch::Kind::kTemplate;
    read_template(f["path_match_policy"], out);
  }
  f.boolean("case_sensitive", out.case_sensitive);
}

/// No client has a certificate, or TLS at all.
void read_tls_context(Fields& f, policies::RouteMatch& out) {
  f.object("tls_context", [&](Fields& tls) {
    bool presented = false, validated = false;
    tls.boolean("presented", presented);
    tls.boolean("validated", validated);
    out.wants_tls = presented || validated;
  });
}

/// Nothing here sets metadata of a request, so only an inverted condition ever holds: of any value,
/// as Envoy finds none to compare.
void read_metadata_conditions(Fields& f) {
  f.objects("dynamic_metadata", [](Fields& condition) {
    bool invert = false;
    condition.boolean("invert", invert);
    if (!invert) {
      condition.value().error("no filter here sets metadata, so no request ever takes this route",
                              "leave the route out, or say invert: true");
    }
    condition.accept({"filter", "path", "value"});
  });
}

void read_match(Fields& f, policies::RouteMatch& out) {
  read_path(f, out.path);
  read_header_matches(f, "headers", out.headers);
  read_query_matches(f, "query_parameters", out.query);
  if (f.object("grpc", [](Fields&) {})) out.grpc = true;
  read_fraction(f, "runtime_fraction", out.runtime_fraction);
  read_tls_context(f, out);
  read_metadata_conditions(f);
  refuse(f, {"filter_state", "cookies"});
}

/// The limit for a request's body while it may be sent again; the newer name wins.
void read_buffer_limit(Fields& f, std::optional<std::uint64_t>& out) {
  f.integer("per_request_buffer_limit_bytes", out);
  f.integer("request_body_buffer_limit", out);
}

void read_route(Fields& f, const RouteContext& context, Route& out) {
  f.text("name", out.name);
  if (!f["match"]) f.require("match");
  f.object("match", [&](Fields& match) { read_match(match, out.match); });
  const std::optional<std::size_t> action = exactly_one(f, {"route", "redirect", "direct_response"},
                                                        {"filter_action", "non_forwarding_action"});
  if (action == 0U) {
    auto& forward = out.action.emplace<policies::Forward>();
    f.object("route", [&](Fields& g) {
      read_forward(g, context, forward);
      read_template_rewrite(g, out.match.path, forward.path_rewrite);
      check_prefix_rewrite(g, out.match.path, forward.path_rewrite.prefix, "path_rewrite_policy");
    });
  } else if (action == 1U) {
    auto& redirect = out.action.emplace<policies::Redirect>();
    f.object("redirect", [&](Fields& g) {
      read_redirect(g, redirect);
      check_prefix_rewrite(g, out.match.path, redirect.prefix_rewrite, "path_redirect");
    });
  } else if (action == 2U) {
    auto& response = out.action.emplace<policies::DirectResponse>();
    f.object("direct_response", [&](Fields& g) { read_direct_response(g, context, response); });
  }
  read_header_mutations(f, out.headers);
  read_buffer_limit(f, out.buffer_limit_bytes);
  read_filter_overrides(f, out.filters);
  if (f.value()) out.provenance = provenance_of(f.value().node());
  f.accept({"metadata", "decorator", "stat_prefix"});
  refuse(f, {"tracing", "early_data_policy"});
}

void read_domains(Fields& f, std::vector<std::string>& out) {
  const Value list = f["domains"];
  if (!list) f.require("domains");
  const bool read = f.list("domains", [](const Value& domain) {
    if (domain && domain.node().is_scalar()) check_line(domain, domain.node().text);
  });
  if (read && list.node().items.empty())
    list.error("has no domain", "write the hosts that it serves, or \"*\"");
  f.texts("domains", out);
}

void read_virtual_cluster(Fields& f, policies::VirtualCluster& out) {
  if (!read_nonempty(f, "name", out.name)) f.require("name");
  const Value headers = f["headers"];
  if (!headers) f.require("headers");
  read_header_matches(f, "headers", out.headers);
  if (headers && headers.node().is_sequence() && out.headers.empty())
    headers.error("has no condition", "write those that its requests meet");
}

void read_virtual_host(Fields& f, const RouteContext& context, VirtualHost& out) {
  if (!read_nonempty(f, "name", out.name)) f.require("name");
  read_domains(f, out.domains);
  f.objects("routes", [&](Fields& g) { read_route(g, context, out.routes.emplace_back()); });
  read_header_mutations(f, out.headers);
  read_retry_policy(f, "retry_policy", out.retry);
  read_hedge_policy(f, out.hedge);
  read_mirrors(f, context, out.mirrors);
  read_buffer_limit(f, out.buffer_limit_bytes);
  f.choice("require_tls", out.require_tls,
           {{"NONE", VirtualHost::RequireTls::kNone},
            {"EXTERNAL_ONLY", VirtualHost::RequireTls::kExternalOnly},
            {"ALL", VirtualHost::RequireTls::kAll}});
  f.boolean("include_request_attempt_count", out.request_attempt_count);
  f.boolean("include_attempt_count_in_response", out.response_attempt_count);
  f.boolean("include_is_timeout_retry_header", out.is_timeout_retry);
  read_filter_overrides(f, out.filters);
  f.objects("virtual_clusters",
            [&](Fields& g) { read_virtual_cluster(g, out.virtual_clusters.list.emplace_back()); });
  f.accept({"metadata"});
  read_rate_limits(f, out.rate_limits);
  refuse(f, {"matcher", "cors", "retry_policy_typed_config"});
}

/// A domain may stand once in the whole table, whatever its case.
void find_repeated_domains(Fields& f) {
  std::unordered_map<std::string, const Node*> seen;
  const Value hosts = f["virtual_hosts"];
  if (!hosts || !hosts.node().is_sequence()) return;
  for (std::size_t i = 0; i < hosts.node().items.size(); ++i) {
    const Value host = hosts.item(i);
    const Node* domains = host.node().find("domains");
    if (domains == nullptr) continue;
    const Value list(domains, host.path() + ".domains", host.diagnostics(), host.dialect());
    for (std::size_t k = 0; k < domains->items.size(); ++k) {
      const Node& domain = domains->items[k];
      const auto [first, is_new] = seen.emplace(lower_case(domain.text), &domain);
      if (is_new || !domain.is_scalar()) continue;
      const Place& place = first->second->place;
      const std::string where =
          place.line > 0 ? fmt::format(" at {}:{}", place.line, place.column) : "";
      list.item(k).error(fmt::format("the domain \"{}\" is repeated", domain.text),
                         fmt::format("it stands{} already", where));
    }
  }
}

}  // namespace

void read_route_table(Fields& f, const std::vector<policies::ClusterConfig>& clusters,
                      RouteTable& out) {
  RouteContext context{.clusters = clusters};
  f.text("name", out.name);
  f.boolean("validate_clusters", context.validate);
  f.integer("max_direct_response_body_size_bytes", context.most_body_bytes, {.least = 0});
  read_mirrors(f, context, out.mirrors);
  f.objects("virtual_hosts",
            [&](Fields& g) { read_virtual_host(g, context, out.hosts.emplace_back()); });
  find_repeated_domains(f);
  read_header_mutations(f, out.headers);
  f.boolean("most_specific_header_mutations_wins", out.most_specific_mutations_win);
  read_line(f, "vhost_header", out.vhost_header);
  out.vhost_header = lower_case(out.vhost_header);
  f.boolean("ignore_port_in_host_matching", out.ignore_port_in_host);
  f.boolean("ignore_path_parameters_in_path_matching", out.ignore_path_parameters);
  f.accept({"metadata"});
  read_filter_overrides(f, out.filters);
  refuse(f, {"vhds", "internal_only_headers", "cluster_specifier_plugins"});
}

}  // namespace squall::config::envoy
