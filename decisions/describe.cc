#include "decisions/describe.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "policies/machine/timer_kind.h"
#include "policies/response_flags.h"

namespace squall::decisions {
namespace {

using policies::Command;
using policies::CommandKind;
using policies::TimerKind;

struct TimerWords {
  std::string_view name, owner;
};

TimerWords words_of(TimerKind kind) {
  switch (kind) {
    case TimerKind::kGlobal:
      return {"route timeout", "request"};
    case TimerKind::kBackoff:
      return {"back-off", "request"};
    case TimerKind::kStreamIdle:
      return {"idle timeout", "request"};
    case TimerKind::kRequestOverall:
      return {"request timeout", "request"};
    case TimerKind::kStreamDuration:
      return {"stream duration", "request"};
    case TimerKind::kFaultDelay:
      return {"injected delay", "request"};
    case TimerKind::kResponsePace:
      return {"next piece", "request"};
    case TimerKind::kPerTry:
      return {"per-try timeout", "attempt"};
    case TimerKind::kPerTryIdle:
      return {"idle timeout", "attempt"};
    case TimerKind::kUpstreamDuration:
      return {"stream duration", "attempt"};
    case TimerKind::kConnect:
      return {"connect timeout", "connection"};
    case TimerKind::kConnectionIdle:
      return {"idle timeout", "connection"};
    case TimerKind::kConnectionMax:
      return {"longest life", "connection"};
    case TimerKind::kMinRtt:
      return {"next measurement", "adaptive concurrency"};
    case TimerKind::kConcurrencyUpdate:
      return {"update", "adaptive concurrency"};
    case TimerKind::kClientHeaders:
      return {"head timeout", "client"};
    case TimerKind::kClientIdle:
      return {"idle timeout", "client"};
    case TimerKind::kClientDrain:
      return {"drain", "client"};
    case TimerKind::kClientMax:
      return {"longest life", "client"};
    case TimerKind::kSweep:
      return {"outlier sweep", "cluster"};
    case TimerKind::kMergeWindow:
      return {"update merge window", "cluster"};
    case TimerKind::kCheckInterval:
      return {"next try", "check"};
    case TimerKind::kCheckTimeout:
      return {"timeout", "check"};
  }
  return {"timer", "subject"};
}

std::string timer_text(TimerKind kind, std::uint32_t owner) {
  const TimerWords words = words_of(kind);
  return fmt::format("{} of {} {}", words.name, words.owner, owner);
}

/// "arm the idle timeout of request 3", and with what.
std::string text(std::string_view verb, std::string_view what, const Command& command,
                 std::string_view more = {}) {
  return fmt::format("{} {} {}{}{}", verb, what, command.subject(), more,
                     command.end() ? ", end" : "");
}

std::string text_to_other(std::string_view verb, std::string_view what, const Command& command,
                          std::string_view other) {
  return text(verb, what, command, fmt::format("{}{}", other, command.other()));
}

std::string_view how_text(const Command& command) {
  switch (command.how()) {
    case policies::CloseHow::kWhenSent:
      return " when all is sent";
    case policies::CloseHow::kReset:
      return " by a reset";
    default:
      return "";
  }
}

std::string bytes(const Command& command) { return fmt::format(", {} bytes", command.number()); }

std::string tcp_text(const Command& command) {
  constexpr std::string_view kWhat = "TCP connection";
  if (command.kind() == CommandKind::kJoin)
    return text_to_other("join", kWhat, command, " to connection ");
  if (command.kind() == CommandKind::kCloseTcp)
    return text("close", kWhat, command, how_text(command));
  const bool up = command.to() == policies::TcpSide::kHost;
  return text(up ? "pass to the host of" : "pass to the client of", kWhat, command, bytes(command));
}

std::string arm_text(const Command& command) {
  return fmt::format("arm the {} until {:.9f} s", timer_text(command.timer(), command.subject()),
                     static_cast<double>(to_ns(command.deadline())) / 1e9);
}

std::string held_text(const Command& command) {
  if (command.kind() == CommandKind::kSendHeld)
    return text("send what is held for", "request", command, bytes(command));
  return text_to_other(command.trailers() ? "hold the trailers for" : "hold body for", "request",
                       command, " from attempt ");
}

/// What the subject of an event is.
std::string_view subject_of(Event event) {
  switch (event) {
    case REQUEST:
    case REQUEST_BODY:
    case REQUEST_TRAILERS:
    case CLIENT_RESET:
    case REDIRECT:
      return "request";
    case TCP_OPEN:
    case TCP_BYTES:
    case TCP_CLOSED:
      return "TCP connection";
    case FIRST_BYTE_SENT:
    case RESPONSE:
    case RESPONSE_BODY:
    case RESPONSE_TRAILERS:
    case STREAM_RESET:
      return "attempt";
    case CONNECTED:
    case CONNECT_FAILED:
    case SETTINGS:
    case GOAWAY:
    case CLOSED:
      return "connection";
    case HOST_HEALTH:
    case HOSTS:
    case CONTROL_HOSTS:
      return "cluster";
    case HOST_DRAIN:
    case HOST_RESULT:
      return "host";
    case CHECK_RESPONSE:
    case CHECK_RESULT:
      return "check";
    case CLIENT_OPEN:
    case CLIENT_FIRST_BYTE:
    case CLIENT_REQUEST:
    case CLIENT_REQUEST_END:
    case CLIENT_CLOSED:
    case CLIENT_REDUCED_TIMEOUTS:
      return "client";
    default:
      return {};
  }
}

bool are_flags(std::uint64_t packed) {
  for (; packed != 0; packed >>= 8) {
    if ((packed & 0xff) >= policies::kResponseFlags) return false;
  }
  return true;
}

}  // namespace

std::string describe(const Decision& decision) {
  const Event event = decision.event();
  const bool is_timer = event == TIMER || event == CONTROL_TIMER || event == CLIENT_TIMER;
  if (is_timer && decision.detail() < policies::kTimerKinds)
    return timer_text(static_cast<TimerKind>(decision.detail()), decision.subject());
  if (!Event_IsValid(event)) return fmt::format("event {}", static_cast<int>(event));
  std::string name = Event_Name(event);
  for (char& c : name) c = c == '_' ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  const std::string_view what = subject_of(event);
  return what.empty() ? name : fmt::format("{} of {} {}", name, what, decision.subject());
}

std::string describe(const Command& command) {
  switch (command.kind()) {
    case CommandKind::kAnswer:
      return text("answer", "request", command);
    case CommandKind::kForwardHead:
      return text_to_other("answer", "request", command, " with the head of attempt ");
    case CommandKind::kForwardBody:
      return text_to_other("answer", "request", command, " with body of attempt ");
    case CommandKind::kForwardTrailers:
      return text_to_other("answer", "request", command, " with the trailers of attempt ");
    case CommandKind::kHoldBody:
    case CommandKind::kSendHeld:
      return held_text(command);
    case CommandKind::kResetClient:
      return text("reset the client of", "request", command);
    case CommandKind::kLog:
      return text("end", "request", command);
    case CommandKind::kMirror:
      return text_to_other("mirror as", "request", command, " the request ");
    case CommandKind::kMirrorBody:
      return text_to_other("mirror as", "request", command, " the body of request ");
    case CommandKind::kStart:
      return text_to_other("start", "attempt", command, " on connection ");
    case CommandKind::kSendBody:
      return text(command.replay() ? "send the kept body of" : "send body of", "attempt", command,
                  bytes(command));
    case CommandKind::kSendTrailers:
      return text("send the trailers of", "attempt", command);
    case CommandKind::kReset:
      return text("reset", "attempt", command);
    case CommandKind::kKeep:
      return text("keep the body of", "request", command, bytes(command));
    case CommandKind::kRelease:
      return text("release the body of", "request", command);
    case CommandKind::kOpen:
      return text_to_other("open", "connection", command, " to host ");
    case CommandKind::kClose:
      return text("close", "connection", command, how_text(command));
    case CommandKind::kRefuseClient:
      return text("refuse", "client", command);
    case CommandKind::kGoAway:
      return text("tell to go away", "client", command);
    case CommandKind::kCloseClient:
      return text("close", "client", command);
    case CommandKind::kArm:
      return arm_text(command);
    case CommandKind::kCancel:
      return "cancel the " + timer_text(command.timer(), command.subject());
    case CommandKind::kHostResult:
      return fmt::format("tell result {} of host {}, code {}", static_cast<int>(command.result()),
                         command.subject(), command.code());
    case CommandKind::kSetHealth:
      return fmt::format("set the health of host {}{}", command.subject(),
                         command.end() ? " and drain it" : "");
    case CommandKind::kPublish:
      return text("publish the health of", "cluster", command);
    case CommandKind::kSendCheck:
      return text("carry out", "check", command);
    case CommandKind::kEndCheck:
      return text(command.end() ? "give up" : "end the connection of", "check", command);
    case CommandKind::kRedirect:
      return text_to_other("follow the redirect of", "request", command, " in attempt ");
    case CommandKind::kJoin:
    case CommandKind::kPass:
    case CommandKind::kCloseTcp:
      return tcp_text(command);
  }
  return fmt::format("command {} of {}", static_cast<int>(command.kind()), command.subject());
}

std::string describe_end(const Command& command, std::uint64_t outcome, std::uint64_t flags) {
  const auto details = static_cast<std::uint8_t>(outcome >> 16);
  const auto reset = static_cast<std::uint8_t>(outcome >> 24);
  if (details >= policies::kAllDetails || reset >= policies::kResetReasons || !are_flags(flags))
    return fmt::format("{} in a way that this version does not know", describe(command));
  return fmt::format("{}: status {}, attempts {}, {}, flags {}", describe(command),
                     outcome & 0xffff, outcome >> 32 & 0xffff,
                     policies::details_text(static_cast<policies::Details>(details),
                                            static_cast<policies::ResetReason>(reset)),
                     policies::to_string(policies::FlagList{flags}));
}

}  // namespace squall::decisions
