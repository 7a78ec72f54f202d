// ResponsePace: how much of a response's body may go on now, at a limited rate?
//
// Bytes are let out when they have come and then every 50 ms, as many as the rate has made room for
// since the request came: at first what 50 ms bring, later up to what a second brings. Source:
// Envoy's extensions/filters/http/common/stream_rate_limiter, checked on a live 1.40
// (docs/policies.md, "Filters"). Cost: constant.
#pragma once
#include <algorithm>
#include <cstdint>

#include "policies/filter/token_bucket.h"

namespace squall::policies {

class ResponsePace {
 public:
  static constexpr Duration kInterval = std::chrono::milliseconds(50);

  ResponsePace(std::uint64_t kib_a_second, Instant now)
      : bucket_(TokenBucket::holding(kib_a_second * 1024 / 20, kib_a_second * 1024,
                                     static_cast<double>(kib_a_second * 1024), now)) {}

  void hold(std::uint64_t bytes, bool end) {
    held_ += bytes;
    ended_ = ended_ || end;
  }
  /// How many of the bytes that are held go on.
  std::uint64_t release(Instant now) {
    const std::uint64_t released = held_ > 0 ? bucket_.consume(held_, true, now) : 0;
    held_ -= released;
    return released;
  }
  std::uint64_t held() const { return held_; }
  /// Nothing more comes.
  bool ended() const { return ended_; }

  bool armed = false;  // the next release

 private:
  TokenBucket bucket_;
  std::uint64_t held_ = 0;
  bool ended_ = false;
};

}  // namespace squall::policies
