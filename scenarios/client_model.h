// Client: the library with which an application makes a call: when it gives up, when it asks again.
#pragma once
#include <cstdint>
#include <optional>

#include "policies/base/time.h"
#include "scenarios/backoff.h"

namespace squall::scenarios {

/// Tokens that calls and successes earn and retries and failures cost; it begins full.
struct TokenBudget {
  double tokens = 0;  // at most
  double per_call = 0, per_success = 0;
  double per_retry = 1, per_failure = 0;
  double floor = 0;  // a retry leaves these, and needs some above them
  bool operator==(const TokenBudget&) const = default;
};

/// Retries may be a share of the calls of the latest `window`, and `reserve` a second more.
struct RatioBudget {
  double ratio = 0;
  Duration window{};
  double reserve_per_s = 0;
  bool operator==(const RatioBudget&) const = default;
};

struct ClientRetries {
  std::optional<std::int64_t> max;  // absent: unlimited
  bool on_5xx = true;               // or a grpc-status other than 0
  bool on_reset = true;             // no answer, but for a timeout
  bool on_timeout = true;
  bool on_429 = false;
  std::optional<Backoff> backoff;           // absent: at once
  std::optional<TokenBudget> token_budget;  // at most one of the two
  std::optional<RatioBudget> ratio_budget;
  bool operator==(const ClientRetries&) const = default;
};

/// Opens when more than `failures` of at least `minimum` tries have failed.
struct ClientBreaker {
  enum class Stops : std::uint8_t { kRetries, kCalls };
  double failures = 0;
  std::optional<Duration> window;  // absent: since the client began
  std::int64_t minimum = 1;
  Stops stops = Stops::kCalls;
  Duration open_for{};  // kCalls: before one try is let through, to see
  bool operator==(const ClientBreaker&) const = default;
};

/// Turns tries away by itself once it sends more than `k` times what is accepted.
struct ClientThrottle {
  double k = 2;
  Duration window{};
  bool operator==(const ClientThrottle&) const = default;
};

inline constexpr int kMostHedges = 7;

/// The same again, to whoever answers first.
struct ClientHedge {
  Duration after{};
  int max = 1;
  bool operator==(const ClientHedge&) const = default;
};

/// Each carries one try at a time.
struct ClientConnections {
  std::int64_t max = 1;
  std::optional<Duration> wait;  // for one to be free; absent: for ever
  bool operator==(const ClientConnections&) const = default;
};

/// It chooses the replica itself: of `choices` drawn at random the one with the fewest requests, as
/// it knows them.
struct ClientBalance {
  int choices = 2;
  std::optional<Duration> refresh;  // how often it learns of them; absent: it always knows
  bool operator==(const ClientBalance&) const = default;
};

struct Client {
  std::optional<Duration> timeout;  // of each try
  std::optional<ClientRetries> retries;
  std::optional<ClientBreaker> breaker;
  std::optional<ClientThrottle> throttle;
  std::optional<ClientHedge> hedge;
  std::optional<ClientConnections> connections;
  std::optional<ClientBalance> balance;  // absent: its sidecar chooses
  bool operator==(const Client&) const = default;
};

}  // namespace squall::scenarios
