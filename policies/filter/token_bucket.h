// TokenBucket: may so many tokens be had now?
//
// It fills continuously, not once an interval, up to its size, and starts full. Its state is one
// number: the instant at which it would have been empty. Source: Envoy's AtomicTokenBucketImpl
// (common/token_bucket_impl.h); the arithmetic is its own, in seconds as doubles. Cost: constant.
#pragma once
#include <algorithm>
#include <cstdint>

#include "policies/base/time.h"

namespace squall::policies {

class TokenBucket {
 public:
  /// `rate`: tokens a second; its size counts, at least one a year of 365 days.
  TokenBucket(std::uint64_t most, double rate, Instant now)
      : most_(static_cast<double>(most)),
        rate_(std::max(rate < 0 ? -rate : rate, 1.0 / (365.0 * 24 * 60 * 60))),
        empty_at_(to_seconds(now) - most_ / rate_) {}
  /// With so many tokens at first, instead of all.
  static TokenBucket holding(std::uint64_t tokens, std::uint64_t most, double rate, Instant now) {
    TokenBucket bucket(most, rate, now);
    bucket.empty_at_ = to_seconds(now) - static_cast<double>(tokens) / bucket.rate_;
    return bucket;
  }

  /// How many of them it gave: all, none, or, with `partial`, what there was.
  std::uint64_t consume(std::uint64_t tokens, bool partial, Instant now) {
    const double now_s = to_seconds(now);
    const double there = std::min(most_, (now_s - empty_at_) * rate_);
    double given = static_cast<double>(tokens);
    if (there < given)
      given = partial ? static_cast<double>(static_cast<std::uint64_t>(std::max(0.0, there))) : 0;
    if (given <= 0) return 0;
    empty_at_ = now_s - (there - given) / rate_;
    return static_cast<std::uint64_t>(given);
  }
  std::uint64_t remaining(Instant now) const {
    const double there = std::min(most_, (to_seconds(now) - empty_at_) * rate_);
    return there > 0 ? static_cast<std::uint64_t>(there) : 0;
  }
  /// In whole milliseconds, rounded up: when there is one. Zero: now.
  Duration next_token(Instant now) const;
  double rate() const { return rate_; }
  std::uint64_t most() const { return static_cast<std::uint64_t>(most_); }

 private:
  double most_, rate_;
  double empty_at_;  // in seconds
};

inline Duration TokenBucket::next_token(Instant now) const {
  const double there = std::min(most_, (to_seconds(now) - empty_at_) * rate_);
  if (there >= 1) return Duration::zero();
  const double ms = (1 - there) / rate_ * 1000;
  auto whole = static_cast<std::int64_t>(ms);
  if (static_cast<double>(whole) < ms) ++whole;
  return std::chrono::milliseconds(whole);
}

}  // namespace squall::policies
