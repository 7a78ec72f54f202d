#include "sim/client_breaker.h"

namespace squall::sim {

using Stops = scenarios::ClientBreaker::Stops;

ClientBreaker::ClientBreaker(const scenarios::ClientBreaker& settings)
    : settings_(settings), tries_(settings.window), failures_(settings.window) {}

bool ClientBreaker::too_many(Instant now) {
  const std::int64_t tries = tries_.sum(now);
  return tries >= settings_.minimum &&
         static_cast<double>(failures_.sum(now)) > settings_.failures * static_cast<double>(tries);
}

void ClientBreaker::open(Instant now) {
  open_ = true;
  probing_ = false;
  until_ = now + settings_.open_for;
}

ClientBreaker::Pass ClientBreaker::send(Instant now) {
  if (!open_) return Pass::kYes;
  if (now < until_ || probing_) return Pass::kNo;
  probing_ = true;
  return Pass::kProbe;
}

bool ClientBreaker::lets_retry(Instant now) {
  return settings_.stops == Stops::kCalls || !too_many(now);
}

/// What ends while it is open, and was sent before, says nothing new.
void ClientBreaker::on_result(bool failed, bool probe, Instant now) {
  if (open_ && !probe) return;
  if (probe) {
    if (failed) return open(now);
    open_ = probing_ = false;
    tries_.clear();
    failures_.clear();
  }
  tries_.add(now, 1);
  failures_.add(now, failed ? 1 : 0);
  if (settings_.stops == Stops::kCalls && failed && too_many(now)) open(now);
}

}  // namespace squall::sim
