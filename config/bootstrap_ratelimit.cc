// The HTTP filter of local rate limits: buckets, descriptors, and what of a request makes them.
#include <algorithm>

#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

using policies::Fraction;

/// A RuntimeFractionalPercent; none is 0 %.
void read_runtime_share(Fields& f, std::string_view name, Fraction& out) {
  std::optional<Fraction> read;
  if (read_fraction(f, name, read)) out = *std::move(read);
}

void read_bucket(Fields& f, policies::BucketConfig& out) {
  if (!f["max_tokens"]) f.require("max_tokens");
  f.integer("max_tokens", out.max_tokens);
  f.integer("tokens_per_fill", out.tokens_per_fill, {.least = 1});
  if (!f["fill_interval"]) f.require("fill_interval");
  f.duration("fill_interval", out.fill_interval, {.least = 50ms});
}

void read_descriptor(Fields& f, policies::LocalRateLimitConfig& out) {
  policies::DescriptorConfig one;
  f.objects("entries", [&](Fields& entry) {
    auto& [key, value] = one.entries.emplace_back();
    entry.text("key", key);
    entry.text("value", value);
  });
  if (!f["token_bucket"]) f.require("token_bucket");
  f.object("token_bucket", [&](Fields& bucket) { read_bucket(bucket, one.bucket); });
  refuse(f, {"limit", "shadow_mode"});
  if (std::ranges::find(out.descriptors, one.entries, &policies::DescriptorConfig::entries) !=
      out.descriptors.end())
    f["entries"].error("these entries are another descriptor's too", "each may stand once");
  out.descriptors.push_back(std::move(one));
}

/// A header's or a parameter's value.
void read_named(Fields& g, std::string_view name, policies::RateLimitAction& out) {
  if (!g["descriptor_key"]) g.require("descriptor_key");
  g.text("descriptor_key", out.key);
  if (!g[name]) g.require(name);
  g.text(name, out.value);
  g.boolean("skip_if_absent", out.skip_if_absent);
}

/// A value that is configured, where something matches.
void read_matched(Fields& g, std::string_view key, policies::RateLimitAction& out) {
  out.key = key;
  g.text("descriptor_key", out.key);
  if (!g["descriptor_value"]) g.require("descriptor_value");
  g.text("descriptor_value", out.value);
  g.boolean("expect_match", out.expect_match);
  refuse(g, {"default_value"});
}

void read_action(Fields& f, policies::RateLimitAction& out) {
  using Kind = policies::RateLimitAction::Kind;
  exactly_one(
      f,
      {"generic_key", "request_headers", "header_value_match", "source_cluster",
       "destination_cluster", "remote_address", "query_parameters", "query_parameter_value_match"},
      {"masked_remote_address", "dynamic_metadata", "metadata", "extension"});
  f.object("generic_key", [&](Fields& g) {
    out.key = "generic_key";
    g.text("descriptor_key", out.key);
    g.text("descriptor_value", out.value);
    refuse(g, {"default_value"});
  });
  f.object("request_headers", [&](Fields& g) {
    out.kind = Kind::kRequestHeader;
    read_named(g, "header_name", out);
    out.value = lower_case(out.value);
    refuse(g, {"default_value"});
  });
  f.object("query_parameters", [&](Fields& g) {
    out.kind = Kind::kQueryParameter;
    read_named(g, "query_parameter_name", out);
    refuse(g, {"default_value"});
  });
  f.object("header_value_match", [&](Fields& g) {
    out.kind = Kind::kHeaderValueMatch;
    read_matched(g, "header_match", out);
    read_header_matches(g, "headers", out.headers);
  });
  f.object("query_parameter_value_match", [&](Fields& g) {
    out.kind = Kind::kQueryParameterValueMatch;
    read_matched(g, "query_match", out);
    read_query_matches(g, "query_parameters", out.query);
  });
  const auto read_plain = [&](std::string_view name, Kind kind) {
    if (!f.object(name, [](Fields&) {})) return;
    out.kind = kind;
    out.key = name;
  };
  read_plain("source_cluster", Kind::kSourceCluster);
  read_plain("destination_cluster", Kind::kDestinationCluster);
  read_plain("remote_address", Kind::kRemoteAddress);
}

/// One of the filter, of a route or of a virtual host.
void read_actions(Fields& f, policies::RateLimitActions& out) {
  f.objects("actions", [&](Fields& g) { read_action(g, out.actions.emplace_back()); });
  enum class Told : std::uint8_t { kAsAll, kNo, kYes } told{};
  f.choice("x_ratelimit_option", told,
           {{"UNSPECIFIED", Told::kAsAll}, {"OFF", Told::kNo}, {"DRAFT_VERSION_03", Told::kYes}});
  if (told != Told::kAsAll) out.headers = told == Told::kYes;
  refuse(f, {"limit", "hits_addend", "apply_on_stream_done"});
}

void read_own_rate_limits(Fields& f, policies::LocalRateLimitConfig& out) {
  f.objects("rate_limits", [&](Fields& limit) {
    read_actions(limit, out.rate_limits.emplace_back());
    refuse(limit, {"stage", "disable_key"});
  });
  f.integer("stage", out.stage, {.most = 10});
  f.choice("vh_rate_limits", out.host_limits,
           {{"OVERRIDE", policies::HostRateLimits::kOverride},
            {"INCLUDE", policies::HostRateLimits::kInclude},
            {"IGNORE", policies::HostRateLimits::kIgnore}});
}

}  // namespace

void read_local_rate_limit(Fields& f, policies::LocalRateLimitConfig& out) {
  f.text("stat_prefix", out.stat_prefix);
  if (out.stat_prefix.empty()) f.require("stat_prefix");
  out.has_bucket = f.object("token_bucket", [&](Fields& g) { read_bucket(g, out.bucket); });
  read_runtime_share(f, "filter_enabled", out.enabled);
  read_runtime_share(f, "filter_enforced", out.enforced);
  f.object("status", [&](Fields& status) {
    std::uint16_t code = 0;
    status.integer("code", code);
    out.status = code < 400 ? std::uint16_t{429} : code;
  });
  f.objects("descriptors", [&](Fields& g) { read_descriptor(g, out); });
  f.integer("max_dynamic_descriptors", out.max_dynamic_descriptors, {.least = 1});
  read_own_rate_limits(f, out);
  f.boolean("always_consume_default_token_bucket", out.always_consume_default_token_bucket);
  f.boolean("local_rate_limit_per_downstream_connection", out.per_connection);
  f.boolean("rate_limited_as_resource_exhausted", out.as_resource_exhausted);
  f.choice("enable_x_ratelimit_headers", out.headers, {{"OFF", false}, {"DRAFT_VERSION_03", true}});
  read_additions(f, "response_headers_to_add", out.response_headers);
  read_additions(f, "request_headers_to_add_when_not_enforced", out.request_headers);
  refuse(f, {"local_cluster_rate_limit"});
}

void read_rate_limits(Fields& f, std::vector<policies::RateLimit>& out) {
  f.objects("rate_limits", [&](Fields& limit) {
    policies::RateLimit& one = out.emplace_back();
    read_actions(limit, one);
    limit.integer("stage", one.stage, {.most = 10});
    limit.accept({"disable_key"});
  });
}

}  // namespace squall::config::envoy
