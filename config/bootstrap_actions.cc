#include <fmt/format.h>

#include <algorithm>

#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

using policies::Forward;
using policies::WeightedCluster;

void check_cluster(const Value& name, const RouteContext& context, const std::string& cluster) {
  if (!context.validate) return;
  std::vector<std::string_view> names;
  for (const policies::ClusterConfig& c : context.clusters) names.push_back(c.name);
  if (std::ranges::find(names, cluster) != names.end()) return;
  const std::optional<std::string_view> meant = nearest(cluster, names);
  name.error(fmt::format("there is no cluster \"{}\"", cluster),
             meant ? fmt::format("did you mean \"{}\"?", *meant)
                   : "add it, or set validate_clusters of the route configuration to false");
}

void read_cluster_header(Fields& f, std::string& out) {
  read_nonempty(f, "cluster_header", out);
  check_line(f["cluster_header"], out);
  out = lower_case(out);
}

void read_weighted_entry(Fields& f, const RouteContext& context, WeightedCluster& out) {
  read_metadata_match(f, "metadata_match", out.metadata_match);
  read_filter_overrides(f, out.filters);
  const std::optional<std::size_t> form = f.at_most_one({"name", "cluster_header"});
  if (form == 1U) {
    read_cluster_header(f, out.cluster_header);
    if (!out.metadata_match.empty())
      f["metadata_match"].unsupported("metadata_match with cluster_header");
  } else if (form == 0U) {
    if (read_nonempty(f, "name", out.cluster)) check_cluster(f["name"], context, out.cluster);
  } else {
    f.require("name");
  }
  out.weight = 0;
  if (!f["weight"]) f.require("weight");
  f.integer("weight", out.weight);
  read_header_mutations(f, out.headers);
  read_line(f, "host_rewrite_literal", out.host_rewrite);
}

void read_weighted_clusters(Fields& f, const RouteContext& context, Forward& out) {
  f.object("weighted_clusters", [&](Fields& weighted) {
    weighted.accept({"total_weight"});
    weighted.at_most_one({"header_name", "use_hash_policy"});
    read_line(weighted, "header_name", out.weight_header);
    out.weight_header = lower_case(out.weight_header);
    weighted.boolean("use_hash_policy", out.weights_by_hash);
    weighted.text("runtime_key_prefix", out.weight_runtime_prefix);
    weighted.objects("clusters", [&](Fields& entry) {
      read_weighted_entry(entry, context, out.clusters.emplace_back());
    });
    out.total_weight = 0;
    for (const WeightedCluster& entry : out.clusters) out.total_weight += entry.weight;
    if (out.clusters.empty()) {
      weighted.require("clusters");
    } else if (out.total_weight == 0 || out.total_weight > ~std::uint32_t{0}) {
      weighted["clusters"].error(fmt::format("the weights add up to {}", out.total_weight),
                                 "make it a number from 1 to 4294967295");
    }
  });
}

void read_clusters(Fields& f, const RouteContext& context, Forward& out) {
  const std::optional<std::size_t> form =
      exactly_one(f, {"cluster", "cluster_header", "weighted_clusters"},
                  {"cluster_specifier_plugin", "inline_cluster_specifier_plugin"});
  if (form == 0U) {
    WeightedCluster& only = out.clusters.emplace_back();
    f.text("cluster", only.cluster);
    check_cluster(f["cluster"], context, only.cluster);
  } else if (form == 1U) {
    read_cluster_header(f, out.cluster_header);
  } else if (form == 2U) {
    read_weighted_clusters(f, context, out);
  }
  f.choice("cluster_not_found_response_code", out.cluster_not_found_status,
           {{"SERVICE_UNAVAILABLE", std::uint16_t{503}},
            {"NOT_FOUND", std::uint16_t{404}},
            {"INTERNAL_SERVER_ERROR", std::uint16_t{500}}});
}

void read_rewrites(Fields& f, Forward& out) {
  f.at_most_one({"prefix_rewrite", "regex_rewrite", "path_rewrite_policy", "path_rewrite"});
  read_line(f, "prefix_rewrite", out.path_rewrite.prefix);
  out.path_rewrite.regex = read_regex_rewrite(f, "regex_rewrite");
  f.at_most_one({"host_rewrite_literal", "auto_host_rewrite", "host_rewrite_header",
                 "host_rewrite_path_regex", "host_rewrite"});
  read_line(f, "host_rewrite_literal", out.host_rewrite.literal);
  f.boolean("auto_host_rewrite", out.host_rewrite.automatic);
  read_line(f, "host_rewrite_header", out.host_rewrite.header);
  out.host_rewrite.header = lower_case(out.host_rewrite.header);
  out.host_rewrite.path_regex = read_regex_rewrite(f, "host_rewrite_path_regex");
  f.boolean("append_x_forwarded_host", out.host_rewrite.append_forwarded);
  read_format(f, "path_rewrite", out.path_rewrite.format);
  read_format(f, "host_rewrite", out.host_rewrite.format);
}

/// Envoy honours five codes and passes over others; without any it is 302.
void read_predicate(const Value& predicate, policies::InternalRedirect& out) {
  constexpr std::string_view kPrefix = "envoy.extensions.internal_redirect.";
  read_extension(predicate, [&](std::string_view type, Fields& config) {
    if (!type.starts_with(kPrefix)) return false;
    type.remove_prefix(kPrefix.size());
    if (type == "previous_routes.v3.PreviousRoutesConfig") {
      out.new_routes_only = true;
    } else if (type == "allow_listed_routes.v3.AllowListedRoutesConfig") {
      std::vector<std::string> names;
      config.texts("allowed_route_names", names);
      if (out.allowed_routes)  // of several lists a route must be in each
        std::erase_if(names, [&](const std::string& name) {
          return std::ranges::find(*out.allowed_routes, name) == out.allowed_routes->end();
        });
      out.allowed_routes = std::move(names);
    } else if (type == "safe_cross_scheme.v3.SafeCrossSchemeConfig") {
      out.safe_cross_scheme = true;
    } else {
      return false;
    }
    return true;
  });
}

void read_internal_redirect(Fields& f, std::optional<policies::InternalRedirect>& out) {
  f.object("internal_redirect_policy", [&](Fields& policy) {
    policies::InternalRedirect& redirect = out.emplace();
    policy.integer("max_internal_redirects", redirect.max_redirects);
    std::vector<std::uint16_t> codes;
    const Value list = policy["redirect_response_codes"];
    if (list && list.node().items.size() > 5)
      list.error(fmt::format("{} codes", list.node().items.size()), "write at most 5");
    policy.list("redirect_response_codes", [&](const Value& code) {
      const std::optional<std::int64_t> status = code.integer({.least = 0, .most = 65535});
      if (status &&
          (*status == 301 || *status == 302 || *status == 303 || *status == 307 || *status == 308))
        codes.push_back(static_cast<std::uint16_t>(*status));
    });
    if (!codes.empty()) redirect.codes = std::move(codes);
    policy.boolean("allow_cross_scheme_redirect", redirect.allow_cross_scheme);
    policy.list("response_headers_to_copy", [](const Value& name) {
      if (name && name.node().is_scalar()) check_line(name, name.node().text);
    });
    policy.texts("response_headers_to_copy", redirect.copied_headers);
    for (std::string& name : redirect.copied_headers) name = lower_case(name);
    policy.list("predicates", [&](const Value& predicate) { read_predicate(predicate, redirect); });
  });
}

}  // namespace

void read_forward(Fields& f, const RouteContext& context, Forward& out) {
  read_clusters(f, context, out);
  read_rewrites(f, out);
  f.duration("timeout", out.timeout);
  f.duration("max_grpc_timeout", out.max_grpc_timeout);
  f.duration("grpc_timeout_offset", out.grpc_timeout_offset);
  read_retry_policy(f, "retry_policy", out.retry);
  read_hedge_policy(f, out.hedge);
  read_mirrors(f, context, out.mirrors);
  f.choice("priority", out.high_priority, {{"DEFAULT", false}, {"HIGH", true}});
  f.accept({"early_data_policy"});
  read_rate_limits(f, out.rate_limits);
  f.boolean("include_vh_rate_limits", out.include_host_rate_limits);
  f.duration("idle_timeout", out.idle_timeout);
  f.object("max_stream_duration", [&](Fields& limits) {
    policies::MaxStreamDuration& own = out.max_stream_duration.emplace();
    limits.duration("max_stream_duration", own.max);
    limits.duration("grpc_timeout_header_max", own.grpc_timeout_header_max);
    limits.duration("grpc_timeout_header_offset", own.grpc_timeout_header_offset);
  });
  refuse_nonzero(f, {"flush_timeout"});
  read_metadata_match(f, "metadata_match", out.metadata_match);
  if (!out.metadata_match.empty() && !out.cluster_header.empty())
    f["metadata_match"].unsupported("metadata_match with cluster_header");
  read_hash_policies(f, "hash_policy", out.hash_policies);
  read_internal_redirect(f, out.internal_redirect);
  refuse(f, {"cors", "upgrade_configs", "internal_redirect_action", "max_internal_redirects",
             "retry_policy_typed_config"});
}

void read_mirrors(Fields& f, const RouteContext& context,
                  std::vector<policies::MirrorPolicy>& out) {
  f.objects("request_mirror_policies", [&](Fields& policy) {
    policies::MirrorPolicy& mirror = out.emplace_back();
    refuse(policy, {"request_headers_mutations"});
    policy.exactly_one({"cluster", "cluster_header"});
    if (read_nonempty(policy, "cluster", mirror.cluster))
      check_cluster(policy["cluster"], context, mirror.cluster);
    read_cluster_header(policy, mirror.cluster_header);
    read_line(policy, "host_rewrite_literal", mirror.host_rewrite);
    std::optional<policies::Fraction> fraction;
    read_fraction(policy, "runtime_fraction", fraction);
    if (fraction) mirror.fraction = *std::move(fraction);
    bool bare_host = false;
    policy.boolean("disable_shadow_host_suffix_append", bare_host);
    mirror.host_suffix = !bare_host;
    policy.accept({"trace_sampled"});
  });
}

void read_redirect(Fields& f, policies::Redirect& out) {
  f.at_most_one({"https_redirect", "scheme_redirect"});
  f.boolean("https_redirect", out.https);
  f.text("scheme_redirect", out.scheme);
  read_line(f, "host_redirect", out.host);
  f.integer("port_redirect", out.port, {.most = 65535});
  f.at_most_one({"path_redirect", "prefix_rewrite", "regex_rewrite"});
  read_line(f, "path_redirect", out.path);
  read_line(f, "prefix_rewrite", out.prefix_rewrite);
  out.regex_rewrite = read_regex_rewrite(f, "regex_rewrite");
  f.choice("response_code", out.status,
           {{"MOVED_PERMANENTLY", std::uint16_t{301}},
            {"FOUND", std::uint16_t{302}},
            {"SEE_OTHER", std::uint16_t{303}},
            {"TEMPORARY_REDIRECT", std::uint16_t{307}},
            {"PERMANENT_REDIRECT", std::uint16_t{308}}});
  f.boolean("strip_query", out.strip_query);
}

void read_direct_response(Fields& f, const RouteContext& context, policies::DirectResponse& out) {
  if (!f["status"]) f.require("status");
  f.integer("status", out.status, {.least = 200, .most = 599});
  refuse(f, {"body_format"});
  std::optional<std::string> body = read_data_source(f, "body");
  if (!body) return;
  if (static_cast<std::int64_t>(body->size()) > context.most_body_bytes) {
    f["body"].error(fmt::format("{} bytes", body->size()),
                    fmt::format("at most {}, or raise max_direct_response_body_size_bytes",
                                context.most_body_bytes));
  }
  out.body = *std::move(body);
}

}  // namespace squall::config::envoy
