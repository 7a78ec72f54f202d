// The HTTP filters before the router, and what routes say of them in typed_per_filter_config.
#include <fmt/format.h>

#include <algorithm>

#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

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

void read_fault_rate(Fields& f, policies::FaultRate& out) {
  exactly_one(f, {"fixed_limit", "header_limit"}, {});
  f.object("fixed_limit", [&](Fields& limit) {
    if (!limit["limit_kbps"]) limit.require("limit_kbps");
    limit.integer("limit_kbps", out.fixed, {.least = 1, .most = std::int64_t{1} << 40});
  });
  out.by_header = f.object("header_limit", [](Fields&) {});
  read_share(f, "percentage", out.percentage);
}

void read_fault(Fields& f, policies::FaultConfig& out) {
  f.object("delay", [&](Fields& g) { read_fault_delay(g, out.delay.emplace()); });
  f.object("abort", [&](Fields& g) { read_fault_abort(g, out.abort.emplace()); });
  f.object("response_rate_limit",
           [&](Fields& g) { read_fault_rate(g, out.response_rate.emplace()); });
  f.text("upstream_cluster", out.upstream_cluster);
  read_header_matches(f, "headers", out.headers);
  f.texts("downstream_nodes", out.downstream_nodes);
  f.integer("max_active_faults", out.max_active_faults);
  f.accept({"abort_http_status_runtime", "abort_grpc_status_runtime", "abort_percent_runtime",
            "delay_percent_runtime", "delay_duration_runtime", "max_active_faults_runtime",
            "disable_downstream_cluster_stats", "response_rate_limit_percent_runtime"});
  refuse(f, {"filter_metadata"});
}

void read_success_criteria(Fields& f, policies::AdmissionControlConfig& out) {
  f.object("success_criteria", [&](Fields& criteria) {
    criteria.object("http_criteria", [&](Fields& http) {
      if (!http["http_success_status"]) http.require("http_success_status");
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
  if (!f["interval"] && !f["fixed_value"]) f.require("interval");
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
    for (const char* const part : {"concurrency_limit_params", "min_rtt_calc_params"}) {
      if (!gradient[part]) gradient.require(part);
    }
    gradient.object("concurrency_limit_params", [&](Fields& limit) {
      if (!limit["concurrency_update_interval"]) limit.require("concurrency_update_interval");
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
  // As Envoy has it; FilterConfig may switch them off.
  if (!out.as_configured &&
      (std::holds_alternative<policies::AdmissionControlConfig>(out.config) ||
       std::holds_alternative<policies::AdaptiveConcurrencyConfig>(out.config)))
    value.error("is of a filter that cannot be configured for a route", "leave it to the listener");
  const auto* limit = std::get_if<policies::LocalRateLimitConfig>(&out.config);
  if (limit != nullptr && !limit->has_bucket && !config["token_bucket"] && !out.as_configured)
    config.require("token_bucket");
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
