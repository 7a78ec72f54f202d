// Local rate limit: does the process still have a token for this request?
//
// A bucket for all requests, and one for each descriptor that a request may meet; those that it
// meets are asked in the order of their fill rates, slowest first, and the first that has no token
// refuses (what others gave is not put back). Nothing is limited unless the filter is enabled, and
// nothing refused unless it is enforced; both are 0 % by default. Source: Envoy's
// extensions/filters/common/local_ratelimit, 1.36 (docs/policies.md, "Local rate limit"). Cost:
// linear in the descriptors.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policies/filter/token_bucket.h"
#include "policies/fraction.h"
#include "policies/head.h"
#include "policies/match.h"

namespace squall::policies {

struct BucketConfig {
  std::uint32_t max_tokens = 1, tokens_per_fill = 1;
  Duration fill_interval = 1s;

  double rate() const { return tokens_per_fill / to_seconds(fill_interval); }
};

/// Entries of a descriptor: key and value; of a configured one an empty value is any.
using DescriptorEntries = std::vector<std::pair<std::string, std::string>>;
struct DescriptorConfig {
  DescriptorEntries entries;
  BucketConfig bucket;
};

/// What of a request makes an entry of its descriptor.
struct RateLimitAction {
  enum class Kind : std::uint8_t {
    kGenericKey,
    kRequestHeader,
    kHeaderValueMatch,
    kSourceCluster,
    kDestinationCluster,
  };
  Kind kind = Kind::kGenericKey;
  std::string key, value;  // value: kGenericKey's and kHeaderValueMatch's; kRequestHeader: the name
  bool skip_if_absent = false;
  bool expect_match = true;
  std::vector<HeaderMatch> headers;
};
/// One descriptor: there is none where an action finds nothing.
using RateLimitActions = std::vector<RateLimitAction>;
/// One of a route or a virtual host, for filters of the same stage.
struct RateLimit {
  RateLimitActions actions;
  std::uint32_t stage = 0;
};
/// Of what a route and its virtual host say, where the filter itself says nothing.
struct RouteRateLimits {
  const std::vector<RateLimit>& route;
  const std::vector<RateLimit>& host;
  bool include_host = false;  // the route's include_vh_rate_limits
};
/// Whether a virtual host's count too.
enum class HostRateLimits : std::uint8_t {
  kOverride,  // where its route has none
  kInclude,
  kIgnore,
};

struct LocalRateLimitConfig {
  std::string stat_prefix;
  bool has_bucket = false;  // else nothing is limited
  BucketConfig bucket;
  std::vector<DescriptorConfig> descriptors;  // slowest first
  std::vector<RateLimitActions> rate_limits;  // instead of the routes'
  std::uint32_t stage = 0;
  HostRateLimits host_limits = HostRateLimits::kOverride;
  bool always_consume_default_token_bucket = true;
  Fraction enabled{.numerator = 0, .runtime_key = {}}, enforced{.numerator = 0, .runtime_key = {}};
  std::uint16_t status = 429;
  bool as_resource_exhausted = false;  // grpc-status 8 instead of 14
  std::vector<std::pair<std::string, std::string>> response_headers;
};

struct LocalRateLimitStats {
  std::uint64_t enabled = 0, enforced = 0, rate_limited = 0, ok = 0;
};

/// State of one configuration, shared by all that it is for.
class LocalRateLimiter {
 public:
  LocalRateLimiter(const LocalRateLimitConfig& config, Instant now);
  /// Whether a request with these descriptors gets all its tokens.
  bool allows(const std::vector<DescriptorEntries>& descriptors, Instant now);

  LocalRateLimitStats stats;

 private:
  const LocalRateLimitConfig* config_;
  TokenBucket bucket_;
  std::vector<TokenBucket> descriptors_;
};

/// A request's descriptors. `limits`: none where its route does not forward. `source`: the proxy's
/// own cluster.
std::vector<DescriptorEntries> descriptors_of(const LocalRateLimitConfig& config,
                                              const RouteRateLimits* limits,
                                              const RequestHead& head, std::string_view source,
                                              std::string_view destination);

}  // namespace squall::policies
