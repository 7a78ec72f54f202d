#include "policies/filter/local_ratelimit.h"

#include <algorithm>
#include <optional>

namespace squall::policies {
namespace {

TokenBucket bucket_of(const BucketConfig& config, Instant now) {
  return {config.max_tokens, config.rate(), now};
}

bool meets(const DescriptorEntries& configured, const DescriptorEntries& request) {
  return std::ranges::equal(configured, request, [](const auto& wanted, const auto& got) {
    return wanted.first == got.first && (wanted.second.empty() || wanted.second == got.second);
  });
}

/// None: the action finds nothing, so there is no descriptor.
std::optional<DescriptorEntries> act(const RateLimitAction& action, const RequestHead& head,
                                     std::string_view source, std::string_view destination) {
  using Kind = RateLimitAction::Kind;
  const auto entry = [&](std::string_view value) {
    return DescriptorEntries{{action.key, std::string(value)}};
  };
  switch (action.kind) {
    case Kind::kGenericKey:
      return entry(action.value);
    case Kind::kSourceCluster:
      return entry(source);
    case Kind::kDestinationCluster:
      return entry(destination);
    case Kind::kRequestHeader: {
      const auto value = find_header(head, action.value);
      if (value) return entry(*value);
      if (action.skip_if_absent) return DescriptorEntries();
      return std::nullopt;
    }
    case Kind::kHeaderValueMatch: {
      const bool all = std::ranges::all_of(
          action.headers, [&](const HeaderMatch& match) { return matches(match, head); });
      if (all == action.expect_match) return entry(action.value);
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

LocalRateLimiter::LocalRateLimiter(const LocalRateLimitConfig& config, Instant now)
    : config_(&config), bucket_(bucket_of(config.bucket, now)) {
  for (const DescriptorConfig& one : config.descriptors)
    descriptors_.push_back(bucket_of(one.bucket, now));
}

bool LocalRateLimiter::allows(const std::vector<DescriptorEntries>& descriptors, Instant now) {
  if (!config_->has_bucket) return true;
  bool met = false;
  for (std::size_t i = 0; i < descriptors_.size(); ++i) {
    const DescriptorEntries& configured = config_->descriptors[i].entries;
    if (std::ranges::none_of(descriptors,
                             [&](const DescriptorEntries& one) { return meets(configured, one); }))
      continue;
    met = true;
    if (descriptors_[i].consume(1, false, now) == 0) return false;
  }
  if (met && !config_->always_consume_default_token_bucket) return true;
  return bucket_.consume(1, false, now) > 0;
}

std::vector<DescriptorEntries> descriptors_of(const LocalRateLimitConfig& config,
                                              const RouteRateLimits* limits,
                                              const RequestHead& head, std::string_view source,
                                              std::string_view destination) {
  std::vector<DescriptorEntries> all;
  const auto add = [&](const RateLimitActions& actions) {
    DescriptorEntries one;
    bool whole = true;
    for (const RateLimitAction& action : actions) {
      const auto entries = act(action, head, source, destination);
      whole = whole && entries.has_value();
      if (entries) one.insert(one.end(), entries->begin(), entries->end());
    }
    if (whole && !one.empty()) all.push_back(std::move(one));
  };
  const auto add_of_stage = [&](const std::vector<RateLimit>& list) {
    for (const RateLimit& limit : list) {
      if (limit.stage == config.stage) add(limit.actions);
    }
  };
  for (const RateLimitActions& actions : config.rate_limits) add(actions);
  if (!config.rate_limits.empty() || limits == nullptr) return all;
  add_of_stage(limits->route);
  const bool with_host = limits->include_host || config.host_limits == HostRateLimits::kInclude ||
                         (config.host_limits == HostRateLimits::kOverride && limits->route.empty());
  if (with_host) add_of_stage(limits->host);
  return all;
}

}  // namespace squall::policies
