// Http2Keepalive: does whoever is at the other end of an HTTP/2 connection still answer?
//
// A ping is sent some time after the connection was made and after each answer, and before a stream
// that begins after a long silence. When nothing at all comes for as long as the timeout, the
// connection is closed. Source: envoy's http2/codec_impl. Cost: a few comparisons; draws one number
// a ping, given by the caller.
#pragma once
#include <cstdint>

#include "policies/base/time.h"

namespace squall::policies {

struct Http2Keepalive {
  Duration timeout{};          // whole ms; 0: no pings
  Duration interval{};         // likewise; 0: none but for a stream
  double jitter_percent = 15;  // of the interval, that is added at most
  Duration idle_interval{};    // a stream that begins after more than that; 0: none for a stream
};

/// How one connection stands.
struct Http2Pings {
  bool waits = false;  // for an answer
  Instant heard_at{};  // when something came
};

/// How long after the connection was made, or a ping was answered, the next one goes; REQUIRES: an
/// interval.
Duration until_ping(const Http2Keepalive& config, std::uint64_t random);
/// Whether one goes before a stream that begins now.
bool pings_before_stream(const Http2Keepalive& config, const Http2Pings& pings, Instant now);

}  // namespace squall::policies
