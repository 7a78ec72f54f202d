// Commands as lines of text: "start a0 c0 end", "arm per_try a0 +100" (milliseconds from now). r,
// a, c, h and k are the indices of a request, an attempt, a connection, a host and a cluster.
#pragma once
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "policies/worker.h"

namespace squall::policies {

using Lines = std::vector<std::string>;

inline std::string timer_owner(TimerKind kind, std::uint32_t owner) {
  using enum TimerKind;
  static const std::map<TimerKind, std::string_view> names = {{kGlobal, "global r"},
                                                              {kBackoff, "backoff r"},
                                                              {kStreamIdle, "stream idle r"},
                                                              {kRequestOverall, "overall r"},
                                                              {kStreamDuration, "stream r"},
                                                              {kPerTry, "per_try a"},
                                                              {kPerTryIdle, "per_try_idle a"},
                                                              {kUpstreamDuration, "duration a"},
                                                              {kConnect, "connect c"},
                                                              {kConnectionIdle, "idle c"},
                                                              {kConnectionMax, "max c"},
                                                              {kFaultDelay, "fault delay r"},
                                                              {kResponsePace, "pace r"},
                                                              {kMinRtt, "min_rtt f"},
                                                              {kConcurrencyUpdate, "concurrency f"},
                                                              {kClientHeaders, "headers d"},
                                                              {kClientIdle, "idle d"},
                                                              {kClientDrain, "drain d"},
                                                              {kClientMax, "max d"},
                                                              {kSweep, "sweep k"},
                                                              {kMergeWindow, "merge k"},
                                                              {kCheckInterval, "check h"},
                                                              {kCheckTimeout, "check timeout h"}};
  return fmt::format("{}{}", names.at(kind), owner);
}

inline std::string result_name(HostResult result) {
  static constexpr std::string_view kNames[] = {
      "success", "failure",  "connected",         "connected for good", "local failure",
      "timeout", "degraded", "immediate failure", "first connection"};
  return std::string(kNames[static_cast<std::size_t>(result)]);
}

inline std::string outcome_of(const Request& request) {
  const Outcome& outcome = request.outcome;
  TextArena arena;
  return fmt::format("{} {} {}", outcome.grpc ? outcome.grpc_status : outcome.status,
                     to_string(outcome.flags), details_text(outcome, nullptr, arena));
}

inline std::string_view how_text(const Command& c) {
  constexpr std::string_view kTexts[kCloseHows] = {"", " when sent", " by reset"};
  return kTexts[static_cast<std::size_t>(c.how())];
}

inline std::string tcp_line(const Command& c) {
  const std::uint32_t subject = c.subject();
  if (c.kind() == CommandKind::kJoin) return fmt::format("join r{} c{}", subject, c.other());
  if (c.kind() == CommandKind::kCloseTcp) return fmt::format("close r{}{}", subject, how_text(c));
  const std::string_view to = c.to() == TcpSide::kHost ? "up" : "down";
  return fmt::format("pass r{} {} {}{}", subject, to, c.number(), c.end() ? " end" : "");
}

inline std::string held_line(const Command& c) {
  const char* const end = c.end() ? " end" : "";
  if (c.kind() == CommandKind::kSendHeld)
    return fmt::format("send held r{} {}{}", c.subject(), c.number(), end);
  const std::string_view what = c.trailers() ? "trailers" : "body";
  return fmt::format("hold {} r{} a{}{}", what, c.subject(), c.other(), end);
}

/// Valid while the records that it names live: until the machine's next event.
inline std::string line_of(const Command& c, const Worker& worker, Instant now) {
  const auto end = [&](std::string text) { return c.end() ? text + " end" : text; };
  const std::uint32_t subject = c.subject(), other = c.other();
  switch (c.kind()) {
    case CommandKind::kAnswer:
      return fmt::format("answer r{} {}", subject, outcome_of(worker.request(subject)));
    case CommandKind::kForwardHead:
      return end(fmt::format("head r{} a{}", subject, other));
    case CommandKind::kForwardBody:
      return end(fmt::format("body r{} a{}", subject, other));
    case CommandKind::kForwardTrailers:
      return fmt::format("trailers r{} a{}", subject, other);
    case CommandKind::kHoldBody:
    case CommandKind::kSendHeld:
      return held_line(c);
    case CommandKind::kResetClient:
      return fmt::format("reset client r{}", subject);
    case CommandKind::kRedirect:
      return fmt::format("redirect r{} a{}", subject, other);
    case CommandKind::kMirror:
      return fmt::format("mirror r{} of r{}", subject, c.other());
    case CommandKind::kMirrorBody:
      return fmt::format("mirror body r{} of r{}", subject, c.other());
    case CommandKind::kLog:
      return fmt::format("log r{} {}", subject, outcome_of(worker.request(subject)));
    case CommandKind::kStart:
      return end(fmt::format("start a{} c{}", subject, other));
    case CommandKind::kSendBody:
      return end(fmt::format("send a{} {}{}", subject, c.number(), c.replay() ? " replayed" : ""));
    case CommandKind::kSendTrailers:
      return fmt::format("send trailers a{}", subject);
    case CommandKind::kReset:
      return fmt::format("reset a{}", subject);
    case CommandKind::kKeep:
      return fmt::format("keep r{} {}", subject, c.number());
    case CommandKind::kRelease:
      return fmt::format("release r{}", subject);
    case CommandKind::kOpen:
      return fmt::format("open c{} h{}", subject, other);
    case CommandKind::kClose:
      return fmt::format("close c{}{}", subject, how_text(c));
    case CommandKind::kJoin:
    case CommandKind::kPass:
    case CommandKind::kCloseTcp:
      return tcp_line(c);
    case CommandKind::kRefuseClient:
      return fmt::format("refuse d{} {}", subject,
                         details_text(static_cast<Details>(c.number()), ResetReason::kNone));
    case CommandKind::kGoAway:
      return end(fmt::format("go away d{}", subject));
    case CommandKind::kCloseClient:
      return end(fmt::format("close d{}", subject));
    case CommandKind::kArm:
      return fmt::format("arm {} +{}", timer_owner(c.timer(), subject), to_ms(c.deadline() - now));
    case CommandKind::kCancel:
      return fmt::format("cancel {}", timer_owner(c.timer(), subject));
    case CommandKind::kHostResult:
      return fmt::format("result h{} {} {}", subject, result_name(c.result()), c.number());
    case CommandKind::kSetHealth:
      return fmt::format("health h{}{}", subject, c.end() ? " ejected" : "");
    case CommandKind::kPublish:
      return fmt::format("publish k{}", subject);
    case CommandKind::kSendCheck:
      return fmt::format("check h{}", subject);
    case CommandKind::kEndCheck:
      return fmt::format("end check h{}{}", subject, c.end() ? " kept" : "");
  }
  return "?";
}

}  // namespace squall::policies
