// What a machine asks of its shell: 16 bytes a command, in a ring that the machine owns.
//
// The shell takes commands in order until none is left before it brings the next event. An index in
// a command is the owner's slot; its record can be read through the machine until the next event.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>

#include "policies/base/check.h"
#include "policies/base/ids.h"
#include "policies/base/time.h"
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
  kLog,              // subject: request: it has ended; its record lives until the next event
  kStart,         // subject: attempt, other: connection; end: the head is the whole request so far
  kSendBody,      // subject: attempt; number: bytes; replay: from the kept body
  kSendTrailers,  // subject: attempt
  kReset,         // subject: attempt: abandon it
  kKeep,          // subject: request: keep its body until kRelease; number: bytes that may pile up
  kRelease,       // subject: request: its kept body is not needed any more
  kOpen,          // subject: connection, other: host
  kClose,         // subject: connection: at once
  kArm,           // subject: owner; timer; deadline
  kCancel,        // subject: owner; timer
  kHostResult,    // subject: host; payload: HTTP code or 0; result
  kSetHealth,     // subject: host (Control): flags changed; its pools drain if `end`
  kPublish,       // subject: cluster (Control): balancing sees the flags of now
};

enum class TimerKind : std::uint8_t {
  kGlobal,
  kBackoff,  // owner: request
  kPerTry,   // owner: attempt
  kConnect,
  kConnectionIdle,
  kConnectionMax,  // owner: connection
  kSweep,
  kMergeWindow,  // owner: cluster (Control)
};
inline constexpr std::size_t kTimerKinds = 8;

struct Command {
  CommandKind kind;
  std::uint8_t detail = 0;  // TimerKind, HostResult, or 1 for a replayed body
  bool end = false;
  std::uint8_t unused = 0;
  std::uint32_t subject = kNone;
  std::uint64_t payload = 0;  // deadline in ns, another slot, or a number

  TimerKind timer() const { return static_cast<TimerKind>(detail); }
  HostResult result() const { return static_cast<HostResult>(detail); }
  std::uint32_t other() const { return static_cast<std::uint32_t>(payload); }
  Instant deadline() const { return at_ns(static_cast<std::int64_t>(payload)); }
};
static_assert(sizeof(Command) == 16);

/// First in, first out; grows by doubling, never shrinks.
class CommandRing {
 public:
  CommandRing() : slots_(std::make_unique<Command[]>(kInitial)) {}

  bool empty() const { return head_ == tail_; }
  void push(Command command) {
    if (tail_ - head_ == capacity_) [[unlikely]]
      grow();
    slots_[tail_++ & (capacity_ - 1)] = command;
  }
  Command pop() {
    SQUALL_DCHECK(!empty());
    return slots_[head_++ & (capacity_ - 1)];
  }

 private:
  static constexpr std::uint32_t kInitial = 16;
  [[gnu::noinline]] void grow() {
    auto wider = std::make_unique<Command[]>(std::size_t{capacity_} * 2);
    for (std::uint32_t i = 0; i < capacity_; ++i) wider[i] = slots_[(head_ + i) & (capacity_ - 1)];
    slots_ = std::move(wider);
    head_ = 0;
    tail_ = capacity_;
    capacity_ *= 2;
  }

  std::unique_ptr<Command[]> slots_;
  std::uint32_t capacity_ = kInitial;
  std::uint32_t head_ = 0, tail_ = 0;
};

}  // namespace squall::policies
