// Pinger: pings the other ends of HTTP/2 connections, as policies/http2_keepalive.h says.
//
// Hosts' connections and clients' alike; what becomes of one that does not answer is the shell's.
#pragma once
#include <cstdint>

#include "policies/http2_keepalive.h"
#include "proxy/http2.h"
#include "proxy/timers.h"

namespace squall::proxy {

/// A connection as it is pinged.
struct Pinged {
  const policies::Http2Keepalive& config;
  policies::Http2Pings& pings;
  Http2& http2;
  ShellTimer next, timeout;
  std::uint32_t owner;  // of both
};

class Pinger {
 public:
  Pinger(Timers& timers, std::uint64_t seed) : timers_(timers), seed_(seed) {}

  /// The connection is there.
  void begin(const Pinged& one, Instant now);
  /// One goes now, unless one is waited for.
  void ping(const Pinged& one, Instant now);
  /// Something came: while an answer is waited for, its time begins anew.
  void on_heard(const Pinged& one, Instant now);
  void on_pong(const Pinged& one, Instant now);

 private:
  void plan(const Pinged& one, Instant now);
  void arm(ShellTimer timer, std::uint32_t owner, Instant deadline) {
    timers_.arm(static_cast<std::uint8_t>(timer), owner, deadline);
  }

  Timers& timers_;
  std::uint64_t seed_, planned_ = 0;
};

}  // namespace squall::proxy
