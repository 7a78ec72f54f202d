// Draws without a generator: each random number is a hash of what it is for.
//
// A request's `random` is mix(seed, load name, arrival number, call path); every draw for it is
// mix(random, purpose, attempt << 16 | k); a host's or proxy's is mix(seed, purpose, name, k). Keys
// are names, never indices, so one more retry or another load moves no other draw. Source: the
// finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), taken at position `key` of the
// sequence that starts at `state`. Cost: two multiplications.
#pragma once
#include <cstdint>
#include <string_view>

namespace squall {

enum class Purpose : std::uint16_t {
  kPriority = 1,    // which priority of a cluster
  kHost,            // which host
  kBackoff,         // how long before a retry
  kEnforce,         // whether a detected outlier is ejected
  kEjectionJitter,  // how much longer an ejection lasts
  kBalancerSeed,    // where a balancer starts
  kRoute,           // the stream id of a request that the shell starts
  kArrival,         // time between arrivals
  kReplica,         // which replica a request arrives at
  kService,         // a replica's own work
  kError,           // whether a replica answers with an error
  kCall,            // whether a call with a probability is made
  kThink,           // a closed user's pause
  kFault,           // whether a fault applies
  kNetwork,         // latency of a link
  kOperation,       // which operation
  kSplit,           // a part of a distribution drawn by itself
  kRequestId,
  kCheckJitter,  // when a host's health is checked
  kFaultDelay,   // whether a fault delays a request
  kFaultAbort,   // or aborts it
  kRateLimitEnabled,
  kRateLimitEnforced,
  kAdmission,          // whether admission control turns it away
  kMinRttJitter,       // when adaptive concurrency measures again
  kOverload,           // whether an overloaded proxy turns it away
  kMaintenance,        // whether a cluster in maintenance turns a request away
  kUseRetry,           // whether the runtime lets a retry through
  kMirror,             // a mirrored copy's own number
  kLocality,           // where turns among localities start
  kTcpDurationJitter,  // how much longer a TCP connection may last
  kDropOverload,       // whether a cluster drops a request of its overload
  kFaultRate,          // whether a fault slows a response down
  kDegradedJitter,     // how much longer a host stays marked as degraded
  kPush,               // how long a change takes to a proxy
  kStart,              // what a replica's start draws
  kProbe,              // when a replica is probed, and what its probe draws
  kAutoscaler,         // when an autoscaler looks
};

constexpr std::uint64_t finalise(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/// The number at position `key` of the sequence that `state` starts.
constexpr std::uint64_t mix(std::uint64_t state, std::uint64_t key) {
  return finalise(state + 0x9e3779b97f4a7c15U * (key + 1));
}
constexpr std::uint64_t mix(std::uint64_t state, Purpose purpose, std::uint64_t k) {
  return mix(state ^ (static_cast<std::uint64_t>(purpose) << 48), k);
}
/// A name's own 64 bits (FNV-1a, then finalised).
constexpr std::uint64_t hash_name(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return finalise(h);
}
constexpr std::uint64_t mix(std::uint64_t seed, Purpose purpose, std::string_view name,
                            std::uint64_t k) {
  return mix(mix(seed, hash_name(name)), purpose, k);
}

/// Uniform in [0, 1), in steps of 2^-53.
constexpr double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }
/// Uniform in (0, 1): never 0, so that its logarithm is finite.
constexpr double open_unit(std::uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

}  // namespace squall
