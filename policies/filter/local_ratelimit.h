// Local rate limit: does the process still have a token for this request?
//
// A bucket for all requests, and one for each descriptor that a request may meet; those that it
// meets are asked in the order of their fill rates, slowest first, and the first that has no token
// refuses (what others gave is not put back). A descriptor with a value left open has a bucket for
// each value, of which the latest are remembered. Nothing is limited unless the filter is enabled,
// and nothing refused unless it is enforced; both are 0 % by default. Source: Envoy's
// extensions/filters/common/local_ratelimit, checked on a live 1.40 (docs/policies.md, "Local rate
// limit"). Cost: linear in the descriptors; a new value allocates.
#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/filter/token_bucket.h"
#include "policies/fraction.h"
#include "policies/head.h"
#include "policies/match.h"
#include "policies/mutation_config.h"

namespace squall::policies {

struct BucketConfig {
  std::uint32_t max_tokens = 1, tokens_per_fill = 1;  // 0 at most: it never has one
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
    kRemoteAddress,
    kQueryParameter,
    kQueryParameterValueMatch,
  };
  Kind kind = Kind::kGenericKey;
  std::string key, value;  // value: one that is configured, or the header's or parameter's name
  bool skip_if_absent = false;
  bool expect_match = true;
  std::vector<HeaderMatch> headers;
  std::vector<QueryMatch> query;
};
/// Makes one descriptor: there is none where an action finds nothing.
struct RateLimitActions {
  std::vector<RateLimitAction> actions;
  std::optional<bool> headers;  // whether its bucket shows in x-ratelimit-*; none: as all
};
/// One of a route or a virtual host, for filters of the same stage.
struct RateLimit : RateLimitActions {
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
  bool has_bucket = false;  // else descriptors alone limit
  BucketConfig bucket;
  std::vector<DescriptorConfig> descriptors;
  std::vector<RateLimitActions> rate_limits;  // instead of the routes'
  std::uint32_t stage = 0;
  HostRateLimits host_limits = HostRateLimits::kOverride;
  bool always_consume_default_token_bucket = true;
  bool per_connection = false;                 // each connection of a client has buckets of its own
  bool headers = false;                        // x-ratelimit-* in responses
  std::uint32_t max_dynamic_descriptors = 20;  // values remembered of a descriptor
  Fraction enabled{.numerator = 0, .runtime_key = {}}, enforced{.numerator = 0, .runtime_key = {}};
  std::uint16_t status = 429;
  bool as_resource_exhausted = false;            // grpc-status 8 instead of 14
  std::vector<HeaderMutation> response_headers;  // of a refusal
  std::vector<HeaderMutation> request_headers;   // of a request that would have been refused
};

struct LocalRateLimitStats {
  std::uint64_t enabled = 0, enforced = 0, rate_limited = 0, ok = 0;
};

struct RequestDescriptor {
  DescriptorEntries entries;
  std::optional<bool> headers;
};

/// State of one configuration, shared by all that it is for.
class LocalRateLimiter {
 public:
  LocalRateLimiter(const LocalRateLimitConfig& config, Instant now);
  struct Decision {
    bool allowed = true;
    std::shared_ptr<const TokenBucket> bucket;  // that decided; none: there was none to ask
    std::optional<bool> headers;                // as its RequestDescriptor's
  };
  /// Whether a request with these descriptors gets all its tokens.
  Decision decide(const std::vector<RequestDescriptor>& descriptors, Instant now);

  LocalRateLimitStats stats;

 private:
  /// Of a descriptor with a value left open: a bucket for each value, the latest first.
  struct Values {
    using Bucket = std::pair<DescriptorEntries, std::shared_ptr<TokenBucket>>;
    std::list<Bucket> latest;
    std::map<DescriptorEntries, std::list<Bucket>::iterator> by_entries;
  };
  std::shared_ptr<TokenBucket> find(const DescriptorEntries& entries, Instant now);
  std::shared_ptr<TokenBucket> bucket_of(std::size_t descriptor, const DescriptorEntries& entries,
                                         Instant now);

  const LocalRateLimitConfig* config_;
  std::shared_ptr<TokenBucket> bucket_;  // null: without one
  std::map<DescriptorEntries, std::shared_ptr<TokenBucket>> exact_;
  std::map<std::size_t, Values> open_;  // by number of the descriptor
};

/// A request's descriptors. `limits`: none where its route does not forward. `source`: the proxy's
/// own cluster.
std::vector<RequestDescriptor> descriptors_of(const LocalRateLimitConfig& config,
                                              const RouteRateLimits* limits,
                                              const RequestHead& head, std::string_view source,
                                              std::string_view destination);

}  // namespace squall::policies
