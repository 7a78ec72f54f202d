#include "proxy/pinger.h"

#include "policies/base/mix.h"

namespace squall::proxy {

void Pinger::begin(const Pinged& one, Instant now) {
  one.pings = {.heard_at = now};
  plan(one, now);
}

void Pinger::plan(const Pinged& one, Instant now) {
  if (one.config.timeout == Duration::zero() || one.config.interval == Duration::zero()) return;
  const std::uint64_t random =
      mix(seed_, Purpose::kCheckJitter, "connection_keepalive", ++planned_);
  arm(one.next, one.owner, now + policies::until_ping(one.config, random));
}

void Pinger::ping(const Pinged& one, Instant now) {
  if (one.pings.waits) return;
  one.http2.ping();
  one.pings.waits = true;
  arm(one.timeout, one.owner, now + one.config.timeout);
}

void Pinger::on_heard(const Pinged& one, Instant now) {
  one.pings.heard_at = now;
  if (one.pings.waits) arm(one.timeout, one.owner, now + one.config.timeout);
}

void Pinger::on_pong(const Pinged& one, Instant now) {
  one.pings.waits = false;
  timers_.cancel(static_cast<std::uint8_t>(one.timeout), one.owner);
  plan(one, now);
}

}  // namespace squall::proxy
