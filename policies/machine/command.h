// What a machine asks of its shell: 16 bytes a command, in a list that the machine owns.
//
// The shell takes all in order before it brings the next event. An index in a command is a slot,
// whose record can be read through the machine until the next event.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "policies/base/check.h"
#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "policies/machine/endings.h"
#include "policies/machine/timer_kind.h"
#include "policies/outlier.h"

namespace squall::policies {

struct RequestTag;
struct AttemptTag;
struct ConnectionTag;
using RequestId = Id<RequestTag>;
using AttemptId = Id<AttemptTag>;
using ConnectionId = Id<ConnectionTag>;

enum class CommandKind : std::uint8_t {
  kAnswer,           // subject: request; the reply is in its record (Request::outcome)
  kForwardHead,      // subject: request, other: attempt; end: nothing follows
  kForwardBody,      // subject: request, other: attempt; number of bytes; end
  kForwardTrailers,  // subject: request, other: attempt
  kResetClient,      // subject: request: its response cannot be completed
  kLog,     // subject: request: it has ended; its record lives until the next event. Not of a copy
  kMirror,  // subject: a new request, a copy of `other`: keep that one's head as it goes out
  kMirrorBody,    // subject: such a copy: keep the piece of body that just came for `other`
  kStart,         // subject: attempt, other: connection; end: the head is the whole request so far
  kSendBody,      // subject: attempt; number: bytes; replay: from the kept body
  kSendTrailers,  // subject: attempt
  kReset,         // subject: attempt: abandon it
  kKeep,          // subject: request: keep its body until kRelease; number: bytes that may pile up
  kRelease,       // subject: request: its kept body is not needed any more
  kOpen,          // subject: connection, other: host
  kClose,         // subject: connection; how
  kRefuseClient,  // subject: a client's connection (Downstream); number: why (Details)
  kGoAway,        // subject: likewise; end: the last word, else a notice
  kCloseClient,   // subject: likewise; end: at once
  kArm,           // subject: owner; timer; deadline
  kCancel,        // subject: owner; timer
  kHostResult,    // subject: host; cluster, result, code: HTTP's or 0
  kSetHealth,     // subject: host (Control): flags changed; its pools drain if `end`
  kPublish,       // subject: cluster (Control): balancing sees the flags of now
  kSendCheck,     // subject: a host's check (Control): ask it, on a connection kept if there is one
  kEndCheck,      // subject: likewise: give it up and close its connection, which stays if `end`
  kRedirect,      // subject: request, other: attempt: on_redirect follows (internal_redirect.h)
  kJoin,          // subject: request (TCP), other: connection: from now on bytes pass between them
  kPass,      // subject: likewise; to: the side; number: bytes that just came; end: its half closes
  kCloseTcp,  // subject: likewise: its client's connection; how
  kHoldBody,  // subject: request, other: attempt: keep the piece, or the trailers, that came; end
  kSendHeld,  // subject: request; number of bytes of what is kept so; end: then its trailers
};
inline constexpr std::size_t kCommandKinds = static_cast<std::size_t>(CommandKind::kSendHeld) + 1;

struct CommandParts {
  CommandKind kind = CommandKind::kAnswer;
  std::uint8_t detail = 0;  // TimerKind, HostResult, CloseHow, TcpSide; 1: replayed, trailers
  bool end = false;
  std::uint32_t subject = kNone;
  std::uint64_t number = 0;  // deadline in ns, another slot, or a number
};

/// Two words. A processor is slow to read back in one piece what was just written in several, so
/// each is written and read by itself.
class Command {
 public:
  Command() = default;
  Command(const CommandParts& parts)  // NOLINT(google-explicit-constructor): the same thing
      : rest_(std::uint64_t{parts.subject} << 32 | std::uint64_t{parts.end} << 16 |
              std::uint64_t{parts.detail} << 8 | static_cast<std::uint64_t>(parts.kind)),
        number_(parts.number) {}

  CommandKind kind() const { return static_cast<CommandKind>(rest_ & 0xff); }
  std::uint32_t subject() const { return static_cast<std::uint32_t>(rest_ >> 32); }
  bool end() const { return (rest_ >> 16 & 1) != 0; }
  std::uint64_t number() const { return number_; }
  TimerKind timer() const { return static_cast<TimerKind>(detail()); }
  HostResult result() const { return static_cast<HostResult>(detail()); }
  CloseHow how() const { return static_cast<CloseHow>(detail()); }
  TcpSide to() const { return static_cast<TcpSide>(detail()); }
  bool replay() const { return detail() != 0; }
  bool trailers() const { return detail() != 0; }
  std::uint32_t other() const { return static_cast<std::uint32_t>(number_); }
  std::uint32_t code() const { return static_cast<std::uint32_t>(number_); }
  std::uint32_t cluster() const { return static_cast<std::uint32_t>(number_ >> 32); }
  Instant deadline() const { return at_ns(static_cast<std::int64_t>(number_)); }
  Command copy() const { return {rest_, number_}; }
  std::uint64_t word() const { return rest_; }  // all but the number; of() makes it again
  static Command of(std::uint64_t word, std::uint64_t number) { return {word, number}; }

 private:
  Command(std::uint64_t rest, std::uint64_t number) : rest_(rest), number_(number) {}
  std::uint8_t detail() const { return static_cast<std::uint8_t>(rest_ >> 8); }

  std::uint64_t rest_;  // kind, detail, end; from bit 32 on the subject
  std::uint64_t number_;
};
static_assert(sizeof(Command) == 16);

/// First in, first out. Begins anew when it is empty, to stay in few cache lines; never shrinks.
class CommandList {
 public:
  CommandList() : slots_(std::make_unique_for_overwrite<Command[]>(kInitial)) {}

  bool empty() const { return tail_ == 0; }
  /// Those that wait, in order; until the next is added or taken.
  std::span<const Command> pending() const { return {&slots_[head_], &slots_[0] + tail_}; }
  [[gnu::always_inline]] void push(const CommandParts& parts) {
    if (tail_ == capacity_) [[unlikely]]
      grow();
    slots_[tail_++] = parts;
  }
  Command pop() {
    SQUALL_DCHECK(!empty());
    const Command command = slots_[head_++].copy();
    if (head_ == tail_) head_ = tail_ = 0;
    return command;
  }
  /// Calls take(command) for each, those that it adds too.
  template <class Take>
  void drain(Take&& take) {
    while (head_ != tail_) take(slots_[head_++].copy());
    head_ = tail_ = 0;
  }

 private:
  static constexpr std::uint32_t kInitial = 16;
  [[gnu::noinline]] void grow() {
    auto wider = std::make_unique_for_overwrite<Command[]>(std::size_t{capacity_} * 2);
    std::copy(&slots_[0], &slots_[0] + tail_, &wider[0]);
    slots_ = std::move(wider);
    capacity_ *= 2;
  }

  std::unique_ptr<Command[]> slots_;
  std::uint32_t head_ = 0, tail_ = 0;  // both 0 when it is empty
  std::uint32_t capacity_ = kInitial;
};

}  // namespace squall::policies
