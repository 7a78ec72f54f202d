#include "policies/filter/local_ratelimit.h"

#include <algorithm>

#include "policies/filter/rate_limit_action.h"

namespace squall::policies {
namespace {

std::shared_ptr<TokenBucket> make_bucket(const BucketConfig& config, Instant now) {
  return std::make_shared<TokenBucket>(config.max_tokens, config.rate(), now);
}

bool is_open(const DescriptorEntries& configured) {
  return std::ranges::any_of(configured, [](const auto& entry) { return entry.second.empty(); });
}

bool meets(const DescriptorEntries& configured, const DescriptorEntries& request) {
  return std::ranges::equal(configured, request, [](const auto& wanted, const auto& got) {
    return wanted.first == got.first && (wanted.second.empty() || wanted.second == got.second);
  });
}

}  // namespace

LocalRateLimiter::LocalRateLimiter(const LocalRateLimitConfig& config, Instant now)
    : config_(&config) {
  if (config.has_bucket) bucket_ = make_bucket(config.bucket, now);
  for (std::size_t i = 0; i < config.descriptors.size(); ++i) {
    const DescriptorConfig& one = config.descriptors[i];
    if (is_open(one.entries)) {
      open_.try_emplace(i);
    } else {
      exact_.try_emplace(one.entries, make_bucket(one.bucket, now));
    }
  }
}

/// Of a value that has not come for long a bucket begins anew, full.
std::shared_ptr<TokenBucket> LocalRateLimiter::bucket_of(std::size_t descriptor,
                                                         const DescriptorEntries& entries,
                                                         Instant now) {
  Values& values = open_.at(descriptor);
  if (const auto known = values.by_entries.find(entries); known != values.by_entries.end()) {
    values.latest.splice(values.latest.begin(), values.latest, known->second);
    return known->second->second;
  }
  values.latest.emplace_front(entries, make_bucket(config_->descriptors[descriptor].bucket, now));
  values.by_entries.emplace(entries, values.latest.begin());
  std::shared_ptr<TokenBucket> fresh = values.latest.front().second;
  if (values.latest.size() > config_->max_dynamic_descriptors) {
    values.by_entries.erase(values.latest.back().first);
    values.latest.pop_back();
  }
  return fresh;
}

/// Null: no descriptor is met. One without open values comes first.
std::shared_ptr<TokenBucket> LocalRateLimiter::find(const DescriptorEntries& entries, Instant now) {
  if (const auto exact = exact_.find(entries); exact != exact_.end()) return exact->second;
  for (const auto& [descriptor, values] : open_) {
    if (meets(config_->descriptors[descriptor].entries, entries))
      return bucket_of(descriptor, entries, now);
  }
  return nullptr;
}

LocalRateLimiter::Decision LocalRateLimiter::decide(
    const std::vector<RequestDescriptor>& descriptors, Instant now) {
  struct Met {
    std::shared_ptr<TokenBucket> bucket;
    std::optional<bool> headers;
  };
  std::vector<Met> met;
  for (const RequestDescriptor& one : descriptors) {
    if (std::shared_ptr<TokenBucket> bucket = find(one.entries, now))
      met.push_back({std::move(bucket), one.headers});
  }
  std::ranges::stable_sort(met, {}, [](const Met& one) { return one.bucket->rate(); });
  for (const Met& one : met) {
    if (one.bucket->consume(1, false, now) == 0) return {false, one.bucket, one.headers};
  }
  if (bucket_ != nullptr && (met.empty() || config_->always_consume_default_token_bucket)) {
    if (config_->bucket.max_tokens == 0) return {false, nullptr, {}};
    if (bucket_->consume(1, false, now) == 0) return {false, bucket_, {}};
  }
  if (met.empty()) return {true, bucket_, {}};
  return {true, met.front().bucket, met.front().headers};
}

std::vector<RequestDescriptor> descriptors_of(const LocalRateLimitConfig& config,
                                              const RouteRateLimits* limits,
                                              const RequestHead& head, std::string_view source,
                                              std::string_view destination) {
  std::vector<RequestDescriptor> all;
  const auto add = [&](const RateLimitActions& limit) {
    RequestDescriptor one{.entries = {}, .headers = limit.headers};
    bool whole = true;
    for (const RateLimitAction& action : limit.actions) {
      const auto entries = entries_of(action, head, source, destination);
      whole = whole && entries.has_value();
      if (entries) one.entries.insert(one.entries.end(), entries->begin(), entries->end());
    }
    if (whole && !one.entries.empty()) all.push_back(std::move(one));
  };
  const auto add_of_stage = [&](const std::vector<RateLimit>& list) {
    for (const RateLimit& limit : list) {
      if (limit.stage == config.stage) add(limit);
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
