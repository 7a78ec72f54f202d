#include <fmt/format.h>

#include <algorithm>

#include "config/bootstrap_parts.h"

namespace squall::config::envoy {
namespace {

using policies::RetryPolicy;

void read_backoff(Fields& f, RetryPolicy& out) {
  f.object("retry_back_off", [&](Fields& backoff) {
    if (!backoff["base_interval"]) backoff.require("base_interval");
    // The mesh's timers are of whole milliseconds: what is below one counts as one.
    if (backoff.duration("base_interval", out.base_interval, {.least = 1ns})) {
      out.has_base_interval = true;
      out.base_interval = std::max<Duration>(out.base_interval, 1ms);
    }
    if (!backoff.duration("max_interval", out.max_interval, {.least = 1ns})) return;
    out.max_interval = std::max<Duration>(*out.max_interval, 1ms);
    if (*out.max_interval < out.base_interval) {
      backoff["max_interval"].error("less than base_interval", "make it at least as long");
    }
  });
}

void read_rate_limited_backoff(Fields& f, RetryPolicy& out) {
  f.object("rate_limited_retry_back_off", [&](Fields& backoff) {
    policies::RateLimitedBackoff& limited = out.rate_limited.emplace();
    backoff.duration("max_interval", limited.max_interval, {.least = 1ns});
    if (!backoff["reset_headers"]) backoff.require("reset_headers");
    backoff.objects("reset_headers", [&](Fields& header) {
      policies::ResetHeader& reset = limited.headers.emplace_back();
      if (!header["name"]) header.require("name");
      header.text("name", reset.name);
      reset.name = lower_case(reset.name);
      header.choice("format", reset.format,
                    {{"SECONDS", policies::ResetHeader::Format::kSeconds},
                     {"UNIX_TIMESTAMP", policies::ResetHeader::Format::kUnixTimestamp}});
    });
  });
}

void read_host_predicates(Fields& f, RetryPolicy& out) {
  f.list("retry_host_predicate", [&](const Value& predicate) {
    read_extension(predicate, [&](std::string_view type, Fields& config) {
      if (type == "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate") {
        out.previous_hosts = true;
      } else if (type ==
                 "envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate") {
        out.omit_canary_hosts = true;
      } else if (type ==
                 "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig") {
        read_lb_metadata(config, "metadata_match", out.omit_host_metadata);
      } else {
        return false;
      }
      return true;
    });
  });
}

void read_retry_priority(Fields& f, RetryPolicy& out) {
  const Value priority = f["retry_priority"];
  if (!priority) return;
  read_extension(priority, [&](std::string_view type, Fields& config) {
    if (type != "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig") {
      return false;
    }
    if (!config["update_frequency"]) config.require("update_frequency");
    config.integer("update_frequency", out.previous_priorities_frequency, {.least = 1});
    return true;
  });
}

}  // namespace

void read_retry_policy(Fields& f, std::string_view name, std::optional<RetryPolicy>& out) {
  f.object(name, [&](Fields& policy) {
    RetryPolicy& retry = out.emplace();
    std::string conditions;
    if (policy.text("retry_on", conditions)) retry.on = policies::parse_retry_on(conditions);
    if (const auto unknown = policies::unknown_condition(conditions); !unknown.empty()) {
      policy["retry_on"].warning(fmt::format("'{}' is no condition to retry on", unknown),
                                 "it counts for nothing");
    }
    policy.integer("num_retries", retry.num_retries);
    policy.duration("per_try_timeout", retry.per_try_timeout);
    policy.duration("per_try_idle_timeout", retry.per_try_idle_timeout);
    read_host_predicates(policy, retry);
    read_retry_priority(policy, retry);
    std::uint32_t attempts = 0;
    policy.integer("host_selection_retry_max_attempts", attempts);
    constexpr std::uint32_t kMost = 255;  // more picks of one attempt than that find nothing else
    if (attempts > 0) retry.host_selection_max_attempts = std::min(attempts, kMost);
    policy.list("retriable_status_codes", [&](const Value& code) {
      const std::optional<std::int64_t> status = code.integer({.least = 0, .most = 65535});
      if (status) retry.status_codes.push_back(static_cast<std::uint16_t>(*status));
    });
    read_backoff(policy, retry);
    read_rate_limited_backoff(policy, retry);
    read_header_matches(policy, "retriable_headers", retry.response_headers);
    read_header_matches(policy, "retriable_request_headers", retry.request_headers);
    bool refresh = false;
    if (policy.boolean("refresh_cluster_on_retry", refresh) && refresh)
      policy["refresh_cluster_on_retry"].unsupported();
    refuse(policy, {"retry_options_predicates"});
  });
}

void read_hedge_policy(Fields& f, std::optional<policies::HedgePolicy>& out) {
  f.object("hedge_policy", [&](Fields& policy) {
    policy.boolean("hedge_on_per_try_timeout", out.emplace().on_per_try_timeout);
    policy.accept({"initial_requests", "additional_request_chance"});  // Envoy reads over them too
  });
}

}  // namespace squall::config::envoy
