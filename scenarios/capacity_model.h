// What a replica can take on: cores, those who wait, new connections.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "config/document.h"
#include "policies/base/time.h"

namespace squall::scenarios {

struct Cpu {
  enum class Sharing : std::uint8_t { kFifo, kProcessor };
  config::Place place;
  int cores = 0;  // 0: as the manifests' limits say
  Sharing sharing = Sharing::kFifo;
};

/// Controlled delay: how long waiting is fine, and over how long it is looked at.
struct ControlledDelay {
  Duration target = std::chrono::milliseconds(5), interval = std::chrono::milliseconds(100);
};

struct Queue {
  enum class Order : std::uint8_t { kFifo, kLifo, kAdaptiveLifo };
  std::optional<std::int64_t> limit;  // waiting beyond that are turned away; absent: no limit
  Order order = Order::kFifo;
  bool drops = false;               // what is turned away has no answer, instead of a 503
  std::optional<Duration> timeout;  // 503 to what has waited for so long
  std::optional<ControlledDelay> codel;
};

/// Requests that a replica takes; beyond that it answers `status`.
struct RateLimit {
  double per_s = 0;
  std::uint64_t burst = 1;
  int status = 429;
};

/// What a replica remembers of answers, by key.
struct CacheSpec {
  std::uint32_t entries = 1;    // of those beyond, the least recently used one goes
  std::optional<Duration> ttl;  // absent: for ever
  bool keeps_expired = true;    // an expired one serves where it cannot be renewed
  bool keeps_late = false;      // also what comes when the client has left
  bool single_flight = false;   // who misses what is being asked for waits for that
};

/// Own work that begins while so many requests are in service takes so much longer; between two
/// points in a straight line.
struct ContentionPoint {
  double in_flight = 0;
  double factor = 1;
  Duration add{};
};

/// What happens to work for a client that has left.
enum class Cancelled : std::uint8_t {
  kFinish,  // it goes on
  kSkip,    // what has not begun does not begin
  kStop,    // and what has begun ends, calls included
};

/// What a new connection costs the replica that it leads to.
struct Handshake {
  Duration cpu{};
  std::optional<int> limit;  // in the making at once; beyond that they are refused
};

/// What a sidecar costs; its policies are those of one worker however many there are.
struct SidecarCost {
  struct Memory {
    std::int64_t base = 0, connection = 0;  // bytes: of it, of each connection
    std::int64_t limit = 0;                 // with more it is killed
  };
  config::Place place;
  int workers = 2;               // that do one request at a time each
  Duration cpu{};                // of each request that comes to it
  std::optional<Memory> memory;  // absent: no limit
  bool any() const { return cpu > Duration::zero() || memory; }
};

}  // namespace squall::scenarios
