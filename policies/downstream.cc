#include "policies/downstream.h"

#include <algorithm>

namespace squall::policies {

void Downstream::arm(TimerKind kind, bool& armed, Instant deadline, CommandList& out) const {
  armed = true;
  out.push({.kind = CommandKind::kArm,
            .detail = static_cast<std::uint8_t>(kind),
            .subject = owner_,
            .number = static_cast<std::uint64_t>(to_ns(deadline))});
}

void Downstream::cancel(TimerKind kind, bool& armed, CommandList& out) const {
  if (!armed) return;
  armed = false;
  out.push(
      {.kind = CommandKind::kCancel, .detail = static_cast<std::uint8_t>(kind), .subject = owner_});
}

void Downstream::close(bool at_once, CommandList& out) const {
  out.push({.kind = CommandKind::kCloseClient, .end = at_once, .subject = owner_});
}

void Downstream::on_open(const Listener& listener, std::uint32_t owner, Instant now,
                         CommandList& out) {
  *this = {};
  listener_ = &listener;
  owner_ = owner;
  opened_ = now;
  note_idle(now, out);
  if (longest() > Duration::zero()) arm(TimerKind::kClientMax, max_armed_, now + longest(), out);
}

Duration Downstream::idle_timeout() const {
  return reduced_timeout(listener_->reduced.connection_idle, listener_->idle_timeout, reduction_);
}

Duration Downstream::longest() const {
  return reduced_timeout(listener_->reduced.connection_duration,
                         listener_->max_connection_duration.value_or(Duration::zero()), reduction_);
}

void Downstream::note_idle(Instant now, CommandList& out) {
  idle_since_ = now;
  if (idle_armed_ || listener_->idle_timeout == Duration::zero()) return;
  arm(TimerKind::kClientIdle, idle_armed_, now + idle_timeout(), out);
}

void Downstream::on_reduced_timeouts(double level, Instant now, CommandList& out) {
  if (level == reduction_) return;
  reduction_ = level;
  const ReducedTimeouts& reduced = listener_->reduced;
  if (idle_armed_ && reduced.connection_idle.reduced) {
    cancel(TimerKind::kClientIdle, idle_armed_, out);
    arm(TimerKind::kClientIdle, idle_armed_, std::max(now, idle_since_ + idle_timeout()), out);
  }
  if (!max_armed_ || !reduced.connection_duration.reduced) return;
  cancel(TimerKind::kClientMax, max_armed_, out);
  arm(TimerKind::kClientMax, max_armed_, std::max(now, opened_ + longest()), out);
}

/// The first of the limits that run while a head is coming.
void Downstream::on_first_byte(Instant now, CommandList& out) {
  if (head_comes_) return;
  head_comes_ = spoke_ = true;
  began_ = now;
  ++streams_;
  Duration least{};
  const auto consider = [&](Duration limit, Details details) {
    if (limit == Duration::zero() || (least != Duration::zero() && least <= limit)) return;
    least = limit;
    late_ = details;
  };
  consider(listener_->request_headers_timeout, Details::kRequestHeader);
  consider(listener_->request_timeout, Details::kRequestOverall);
  consider(
      reduced_timeout(listener_->reduced.stream_idle, listener_->stream_idle_timeout, reduction_),
      Details::kStreamIdle);
  consider(listener_->max_stream_duration.value_or(Duration::zero()), Details::kMaxDuration);
  if (least > Duration::zero()) arm(TimerKind::kClientHeaders, headers_armed_, now + least, out);
}

void Downstream::on_request(bool http2, Instant now, CommandList& out) {
  if (head_comes_) {
    head_comes_ = false;
    cancel(TimerKind::kClientHeaders, headers_armed_, out);
  } else {
    began_ = now;
    ++streams_;
  }
  spoke_ = true;
  http2_ = http2;
  ++requests_;
  const std::uint32_t most = listener_->max_requests_per_connection;
  if (most == 0 || requests_ < most || state_ != State::kOpen) return;
  if (http2) {
    start_drain(now, out);
  } else {
    state_ = State::kClosing;
  }
}

void Downstream::on_request_end(Instant now, CommandList& out) {
  if (--streams_ > 0) return;
  if (state_ == State::kClosing) return close(false, out);
  note_idle(now, out);
}

void Downstream::on_closed(CommandList& out) {
  cancel(TimerKind::kClientHeaders, headers_armed_, out);
  cancel(TimerKind::kClientIdle, idle_armed_, out);
  cancel(TimerKind::kClientDrain, drain_armed_, out);
  cancel(TimerKind::kClientMax, max_armed_, out);
}

void Downstream::start_drain(Instant now, CommandList& out) {
  if (state_ != State::kOpen) return;
  state_ = State::kDraining;
  if (http2_) out.push({.kind = CommandKind::kGoAway, .subject = owner_});
  arm(TimerKind::kClientDrain, drain_armed_, now + listener_->drain_timeout, out);
}

void Downstream::on_idle(Instant now, CommandList& out) {
  if (streams_ > 0) return;  // on_request_end arms it again
  const Instant due = idle_since_ + idle_timeout();
  if (now < due) return arm(TimerKind::kClientIdle, idle_armed_, due, out);
  if (!spoke_) return close(true, out);
  start_drain(now, out);
}

void Downstream::on_timer(TimerKind kind, Instant now, CommandList& out) {
  switch (kind) {
    case TimerKind::kClientHeaders:
      headers_armed_ = false;
      out.push({.kind = CommandKind::kRefuseClient,
                .subject = owner_,
                .number = static_cast<std::uint64_t>(late_)});
      return;
    case TimerKind::kClientIdle:
      idle_armed_ = false;
      return on_idle(now, out);
    case TimerKind::kClientMax:
      max_armed_ = false;
      return spoke_ ? start_drain(now, out) : close(true, out);
    case TimerKind::kClientDrain:
      drain_armed_ = false;
      state_ = State::kClosing;
      if (http2_) out.push({.kind = CommandKind::kGoAway, .end = true, .subject = owner_});
      if (streams_ == 0) close(false, out);
      return;
    default:
      return;
  }
}

}  // namespace squall::policies
