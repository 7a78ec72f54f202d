// The HTTP filters before the router, and what routes say of them in typed_per_filter_config.
#include <fmt/format.h>

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

void read_feature(Fields& f, std::string_view name, bool& out) {
  f.object(name, [&](Fields& flag) {
    out = false;
    flag.boolean("default_value", out);
    flag.accept({"runtime_key"});  // a runtime that sets it is refused
  });
}

void read_runtime_percent(Fields& f, std::string_view name, double& out) {
  f.object(name, [&](Fields& percent) {
    read_percent(percent, "default_value", out);
    percent.accept({"runtime_key"});
  });
}

void read_fault_delay(Fields& f, policies::FaultDelay& out) {
  exactly_one(f, {"fixed_delay", "header_delay"}, {});
  f.duration("fixed_delay", out.fixed, {.least = 1ms});
  out.by_header = f.object("header_delay", [](Fields&) {});
  read_share(f, "percentage", out.percentage);
}

void read_fault_abort(Fields& f, policies::FaultAbort& out) {
  exactly_one(f, {"http_status", "grpc_status", "header_abort"}, {});
  f.integer("http_status", out.http_status, {.least = 200, .most = 599});
  f.integer("grpc_status", out.grpc_status);
  out.by_header = f.object("header_abort", [](Fields&) {});
  read_share(f, "percentage", out.percentage);
}

void read_fault(Fields& f, policies::FaultConfig& out) {
  f.object("delay", [&](Fields& g) { read_fault_delay(g, out.delay.emplace()); });
  f.object("abort", [&](Fields& g) { read_fault_abort(g, out.abort.emplace()); });
  f.text("upstream_cluster", out.upstream_cluster);
  read_header_matches(f, "headers", out.headers);
  f.texts("downstream_nodes", out.downstream_nodes);
  f.integer("max_active_faults", out.max_active_faults);
  f.accept({"abort_http_status_runtime", "abort_grpc_status_runtime", "abort_percent_runtime",
            "delay_percent_runtime", "delay_duration_runtime", "max_active_faults_runtime",
            "disable_downstream_cluster_stats", "response_rate_limit_percent_runtime"});
  refuse(f, {"response_rate_limit", "filter_metadata"});
}

void read_bucket(Fields& f, policies::BucketConfig& out) {
  if (!f["max_tokens"]) f.require("max_tokens");
  f.integer("max_tokens", out.max_tokens, {.least = 1});
  f.integer("tokens_per_fill", out.tokens_per_fill, {.least = 1});
  if (!f["fill_interval"]) f.require("fill_interval");
  f.duration("fill_interval", out.fill_interval, {.least = 50ms});
}

void read_descriptors(Fields& f, policies::LocalRateLimitConfig& out) {
  f.objects("descriptors", [&](Fields& descriptor) {
    policies::DescriptorConfig& one = out.descriptors.emplace_back();
    descriptor.objects("entries", [&](Fields& entry) {
      auto& [key, value] = one.entries.emplace_back();
      entry.text("key", key);
      entry.text("value", value);
    });
    if (!descriptor["token_bucket"]) descriptor.require("token_bucket");
    descriptor.object("token_bucket", [&](Fields& bucket) { read_bucket(bucket, one.bucket); });
    refuse(descriptor, {"limit", "shadow_mode"});
  });
  std::ranges::stable_sort(out.descriptors, {},
                           [](const policies::DescriptorConfig& one) { return one.bucket.rate(); });
}

void read_action(Fields& f, policies::RateLimitAction& out) {
  using Kind = policies::RateLimitAction::Kind;
  exactly_one(f,
              {"generic_key", "request_headers", "header_value_match", "source_cluster",
               "destination_cluster"},
              {"remote_address", "masked_remote_address", "dynamic_metadata", "metadata",
               "extension", "query_parameter_value_match", "query_parameters"});
  f.object("generic_key", [&](Fields& g) {
    out.key = "generic_key";
    g.text("descriptor_key", out.key);
    g.text("descriptor_value", out.value);
  });
  f.object("request_headers", [&](Fields& g) {
    out.kind = Kind::kRequestHeader;
    g.text("descriptor_key", out.key);
    g.text("header_name", out.value);
    out.value = lower_case(std::move(out.value));
    g.boolean("skip_if_absent", out.skip_if_absent);
  });
  f.object("header_value_match", [&](Fields& g) {
    out.kind = Kind::kHeaderValueMatch;
    out.key = "header_match";
    g.text("descriptor_key", out.key);
    g.text("descriptor_value", out.value);
    g.boolean("expect_match", out.expect_match);
    read_header_matches(g, "headers", out.headers);
  });
  if (f.object("source_cluster", [](Fields&) {})) {
    out.kind = Kind::kSourceCluster;
    out.key = "source_cluster";
  }
  if (f.object("destination_cluster", [](Fields&) {})) {
    out.kind = Kind::kDestinationCluster;
    out.key = "destination_cluster";
  }
}

void read_actions(Fields& f, policies::RateLimitActions& out) {
  f.objects("actions", [&](Fields& g) { read_action(g, out.emplace_back()); });
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
  read_descriptors(f, out);
  read_own_rate_limits(f, out);
  f.boolean("always_consume_default_token_bucket", out.always_consume_default_token_bucket);
  f.boolean("rate_limited_as_resource_exhausted", out.as_resource_exhausted);
  f.objects("response_headers_to_add", [&](Fields& option) {
    option.accept({"append_action", "append", "keep_empty_value"});
    option.object("header", [&](Fields& header) {
      auto& [name, value] = out.response_headers.emplace_back();
      header.text("key", name);
      name = lower_case(std::move(name));
      header.text("value", value);
      if (value.contains('%')) header["value"].unsupported("a command operator");
    });
  });
  f.accept({"max_dynamic_descriptors"});
  refuse(f, {"request_headers_to_add_when_not_enforced", "local_cluster_rate_limit",
             "local_rate_limit_per_downstream_connection", "enable_x_ratelimit_headers"});
}

void read_success_criteria(Fields& f, policies::AdmissionControlConfig& out) {
  f.object("success_criteria", [&](Fields& criteria) {
    criteria.object("http_criteria", [&](Fields& http) {
      http.objects("http_success_status", [&](Fields& range) {
        policies::StatusRange& one = out.http_success.emplace_back();
        range.integer("start", one.first, {.least = 100, .most = 600});
        range.integer("end", one.last, {.least = 100, .most = 600});
      });
    });
    criteria.object("grpc_criteria", [&](Fields& grpc) {
      std::vector<std::uint32_t> read;
      grpc.list("grpc_success_status", [&](const Value& status) {
        if (const auto code = status.integer({.least = 0, .most = 16}))
          read.push_back(static_cast<std::uint32_t>(*code));
      });
      if (!read.empty()) out.grpc_success = std::move(read);
    });
  });
}

void read_admission_control(Fields& f, policies::AdmissionControlConfig& out) {
  read_feature(f, "enabled", out.enabled);
  if (!f["success_criteria"]) f.require("success_criteria");
  read_success_criteria(f, out);
  f.duration("sampling_window", out.sampling_window, {.least = 1s});
  f.object("aggression", [&](Fields& aggression) {
    aggression.number("default_value", out.aggression);
    out.aggression = std::max(1.0, out.aggression);
    aggression.accept({"runtime_key"});
  });
  read_runtime_percent(f, "sr_threshold", out.sr_threshold_percent);
  out.sr_threshold_percent = std::max(1.0, out.sr_threshold_percent);
  f.object("rps_threshold", [&](Fields& rps) {
    rps.integer("default_value", out.rps_threshold);
    rps.accept({"runtime_key"});
  });
  read_runtime_percent(f, "max_rejection_probability", out.max_rejection_percent);
}

void read_min_rtt(Fields& f, policies::AdaptiveConcurrencyConfig& out) {
  f.duration("interval", out.min_rtt_interval, {.least = 1ms});
  f.duration("fixed_value", out.fixed_min_rtt, {.least = 1ms});
  f.integer("request_count", out.request_count, {.least = 1});
  read_percent(f, "jitter", out.jitter_percent);
  f.integer("min_concurrency", out.min_concurrency, {.least = 1});
  read_percent(f, "buffer", out.buffer_percent);
}

void read_adaptive_concurrency(Fields& f, policies::AdaptiveConcurrencyConfig& out) {
  read_feature(f, "enabled", out.enabled);
  if (!f["gradient_controller_config"]) f.require("gradient_controller_config");
  f.object("gradient_controller_config", [&](Fields& gradient) {
    read_percent(gradient, "sample_aggregate_percentile", out.sample_aggregate_percentile);
    gradient.object("concurrency_limit_params", [&](Fields& limit) {
      limit.integer("max_concurrency_limit", out.max_concurrency_limit, {.least = 1});
      limit.duration("concurrency_update_interval", out.concurrency_update_interval,
                     {.least = 1ms});
    });
    gradient.object("min_rtt_calc_params", [&](Fields& g) { read_min_rtt(g, out); });
  });
  f.object("concurrency_limit_exceeded_status", [&](Fields& status) {
    std::uint16_t code = 0;
    status.integer("code", code);
    if (code >= 400) out.exceeded_status = code;
  });
}

void read_buffer(Fields& f, policies::BufferConfig& out) {
  if (!f["max_request_bytes"]) f.require("max_request_bytes");
  f.integer("max_request_bytes", out.max_request_bytes, {.least = 1});
}

}  // namespace

bool read_filter(std::string_view type, Fields& f, policies::FilterConfig& out) {
  constexpr std::string_view kPrefix = "envoy.extensions.filters.http.";
  if (!type.starts_with(kPrefix)) return false;
  type.remove_prefix(kPrefix.size());
  if (type == "fault.v3.HTTPFault") {
    read_fault(f, out.emplace<policies::FaultConfig>());
  } else if (type == "local_ratelimit.v3.LocalRateLimit") {
    read_local_rate_limit(f, out.emplace<policies::LocalRateLimitConfig>());
  } else if (type == "admission_control.v3.AdmissionControl") {
    read_admission_control(f, out.emplace<policies::AdmissionControlConfig>());
  } else if (type == "adaptive_concurrency.v3.AdaptiveConcurrency") {
    read_adaptive_concurrency(f, out.emplace<policies::AdaptiveConcurrencyConfig>());
  } else if (type == "buffer.v3.Buffer") {
    read_buffer(f, out.emplace<policies::BufferConfig>());
  } else if (type == "buffer.v3.BufferPerRoute") {
    auto& buffer = out.emplace<policies::BufferConfig>();
    f.boolean("disabled", buffer.disabled);
    f.object("buffer", [&](Fields& g) { read_buffer(g, buffer); });
  } else {
    return false;
  }
  return true;
}

void read_rate_limits(Fields& f, std::vector<policies::RateLimit>& out) {
  f.objects("rate_limits", [&](Fields& limit) {
    policies::RateLimit& one = out.emplace_back();
    read_actions(limit, one.actions);
    limit.integer("stage", one.stage, {.most = 10});
    limit.accept({"disable_key"});
  });
}

namespace {

/// False: there is nothing to take.
bool read_override(const Value& value, policies::Filter& out) {
  if (!value.is_mapping()) return false;
  Fields config(value);
  const std::string type = type_of(config);
  if (type.empty()) return false;
  bool well = true;
  if (type == "envoy.config.route.v3.FilterConfig") {
    config.boolean("disabled", out.disabled);
    config.accept({"is_optional"});
    out.as_configured = !config["config"];
    if (config["config"]) well = read_override(config["config"], out);
  } else if (!read_filter(type, config, out.config)) {
    refuse_type(config);
    return false;
  }
  config.finish();
  return well;
}

}  // namespace

void read_filter_overrides(Fields& f, policies::FilterOverrides& out) {
  f.map("typed_per_filter_config", [&](const std::string& name, const Value& value) {
    policies::Filter filter{.name = name, .config = {}};
    if (read_override(value, filter)) out.push_back(std::move(filter));
  });
}

}  // namespace squall::config::envoy
