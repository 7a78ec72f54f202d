// The records of a worker: what is remembered of a request, an attempt, a connection and a host.
//
// Plain values with one owner, the worker; shells read them between events. Lists between them are
// indices, not pointers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "policies/health.h"
#include "policies/machine/command.h"
#include "policies/machine/pool_kind.h"
#include "policies/outcome.h"
#include "policies/response_flags.h"
#include "policies/retry.h"
#include "policies/timeouts.h"

namespace squall::policies {

/// Of a TCP connection (machine/tcp_sessions.cc) too, which is a request without heads.
///
/// Three cache lines, of which the end of an ordinary request reads the first two.
struct alignas(64) Request {
  std::uint32_t index = kNone, generation = 0;
  mutable std::uint32_t tag = kNone;  // the shell's own; the worker never looks at it
  std::uint32_t cluster = kNone;
  // Attempts.
  std::uint32_t newest_attempt = kNone;  // of those under way; they are linked
  std::uint32_t last_host = kNone;       // the host of the latest attempt that had one
  std::uint16_t attempt_count = 0;       // begun so far
  std::uint16_t live = 0;                // attempts under way
  // State.
  bool complete = false;                  // the client has sent all
  bool internal = false, canary = false;  // its caller, its latest response
  bool had_interim = false;               // a host sent a 1xx: with that the answer has begun
  RetryState retry;
  bool has_trailers = false, grpc = false;
  PoolKind pool = PoolKind::kDefault;
  bool retriable = false;  // there is retry state
  bool keeping = false;    // the shell keeps the body: no attempt has a stream, or may be the last
  bool in_backoff = false;
  bool global_armed = false;
  bool response_started = false, ended = false;
  bool sent_first_byte = false;      // some attempt that came to a reset had sent a byte
  bool timeout_retry = false;        // the latest retry followed a per-try timeout
  bool hedging = false;              // a per-try timeout leaves the attempt under way
  bool rare_timers = false;          // `extras` has timeouts of attempts
  bool may_redirect = false;         // the proxy follows redirects of its upstream
  std::uint16_t mirror = 0;          // else a copy without a client, by this mirror of its route's
  std::uint32_t weighted_entry = 0;  // which of the route's clusters

  mutable std::uint64_t timer = 0;  // the shell's own, for its global timer
  Outcome outcome;
  Instant received{};            // its head came
  const Route* route = nullptr;  // none: no route, or an answer before routing
  const RetryPolicy* retry_policy = nullptr;
  std::uint32_t listener = 0;
  std::uint32_t extras = kNone;  // RequestExtras of one that needs them

  alignas(64) std::uint64_t random = 0;
  FinalTimeouts timeouts;
  const VirtualHost* virtual_host = nullptr;
  Instant completed = kNever;    // its last byte came
  std::uint64_t body_bytes = 0;  // received so far
  static constexpr std::uint32_t kFirstTried = 4;
  std::uint32_t tried_hosts[kFirstTried] = {};  // of the first attempts; more in `extras`

  bool answer_begun() const { return response_started || had_interim; }
  bool is_tcp() const { return pool == PoolKind::kTcp; }
};
static_assert(sizeof(Request) == 192 && offsetof(Request, random) == 128);

/// What an attempt without a connection is in.
enum class PoolWait : std::uint8_t {
  kNone,
  kQueue,    // its pool's queue
  kFailing,  // one that fails just now: the event goes through it
};

struct alignas(64) Attempt {
  std::uint32_t index = kNone, generation = 0;
  std::uint32_t request = kNone;
  std::uint32_t host = kNone;                    // the host it was sent to, or waits for
  std::uint32_t connection = kNone;              // none: waits in the host's pool
  std::uint32_t previous = kNone, next = kNone;  // in the pool's queue or the connection's list
  std::uint16_t number = 1;                      // 1 for the first
  bool head_received = false;                    // response head; TCP: it is connected
  bool per_try_armed = false;
  bool closes_connection = false;  // the response says so
  bool timed_out = false;          // its per-try timeout has passed, and it goes on: hedging
  bool hedged : 1 = false, sent_first_byte : 1 = false;  // hedged: another was begun beside it
  bool idle_armed = false, duration_armed = false;
  PoolWait waits = PoolWait::kNone;
  bool reported = false;                  // its load
  bool grpc_response = false;             // known where filters ask; they wait for its status
  std::uint32_t next_of_request = kNone;  // an older one under way
  mutable std::uint32_t tag = kNone;      // the shell's own; the worker never looks at either
  mutable std::uint64_t timer = 0;        // likewise, for its per-try timer
  Instant began{};                        // before it waited for a connection
};
static_assert(sizeof(Attempt) == 64);

enum class ConnectionState : std::uint8_t {
  kConnecting,
  kReady,
  kBusy,
  kDraining,
  kClosed,  // it is gone, and its streams fail just now
};

struct alignas(64) Connection {
  std::uint32_t index = kNone, generation = 0;
  std::uint32_t host = kNone;
  std::uint32_t cluster = kNone;
  std::uint32_t previous = kNone, next = kNone;  // among the host's ready ones
  std::uint32_t previous_of_host = kNone, next_of_host = kNone;
  std::uint32_t first_attempt = kNone;  // the streams on it
  std::uint32_t streams = 0;
  std::uint32_t capacity = 1;                   // streams at once
  std::uint32_t remaining = ~std::uint32_t{0};  // requests that it may still serve
  ConnectionState state = ConnectionState::kConnecting;
  PoolKind pool = PoolKind::kDefault;
  bool idle_armed = false;
  bool connect_armed = false;
  bool max_armed = false;
  Instant idle_since{};
};

/// One worker's pool of connections to one host.
struct Pool {
  std::uint32_t queue_head = kNone, queue_tail = kNone;  // attempts, oldest first
  std::uint32_t queued = 0;
  std::uint32_t ready_head = kNone;  // most recently made ready first
  std::uint32_t connections_head = kNone;
  std::uint32_t connections = 0;
  std::uint32_t connecting_capacity = 0;  // streams that connections on their way will take
  bool turn_end = false;                  // queued attempts wait for the end of this turn
  bool exists = false;                    // has a connection or a queue: counts as a pool
};

/// One host as one worker sees it: half a cache line.
struct alignas(32) Host {
  [[no_unique_address]] Pool pool;  // PoolKind::kDefault
  HealthFlags health;               // as balancing sees them
};
static_assert(sizeof(Host) == 32);

}  // namespace squall::policies
