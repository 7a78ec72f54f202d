// Balancer: which of the eligible hosts gets this attempt?
//
// One value per (worker, cluster, priority, source of hosts). Round robin, least request and random
// on hosts of equal weight are picked inline by a switch; everything else (unequal weights, slow
// start, hashes, a user's own) is a Strategy. Source: Envoy's balancers, 1.36 (docs/policies.md,
// "Load balancing"; docs/adding_a_policy.md adds one). Cost: 16 bytes without a strategy; a pick of
// power of two choices is two draws and two loads of gauges.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/mix.h"
#include "policies/cluster_config.h"

namespace squall::policies::lb {

class HashTable;

/// What changes of a cluster's hosts while they are in use, by host number. Empty where nobody
/// asks.
struct HostLives {
  std::vector<Instant> healthy_since;   // kNever: it never was
  std::vector<bool> healthy;            // now: only then it starts slowly
  std::vector<std::uint32_t> reported;  // weights by the loads that hosts report
};

/// What a balancer may choose from, for the duration of a call.
struct HostView {
  std::span<const std::uint32_t> hosts;    // eligible hosts' numbers, in the order of the host set
  std::span<const std::uint32_t> weights;  // by position in `hosts`; empty: all equal
  std::span<const std::uint32_t> active;   // requests now, by host number
  const HostLives* lives = nullptr;        // null: nobody asks
  std::uint32_t cluster_active = 0;        // all of `active` together
};

/// What a pick may go by: the random numbers of one attempt's picks, the request's hash, the time.
struct Draws {
  std::uint64_t random = 0;    // the request's
  std::uint64_t priority = 0;  // the 64 bits that chose the priority
  std::uint64_t key = 0;       // of this pick: `of`
  std::uint32_t taken = 0;
  std::uint32_t pick = 0;  // how many picks of this attempt were rejected
  std::uint64_t hash = 0;  // of the request, drawn where it has none
  Instant now{};

  /// 8 bits a pick and 8 a draw; what is beyond them lies above the attempt's 16.
  static constexpr std::uint64_t of(std::uint32_t attempt, std::uint32_t pick) {
    return std::uint64_t{pick >> 8} << 52 | std::uint64_t{attempt} << 16 | (pick & 0xff) << 8;
  }
  [[gnu::always_inline]] std::uint64_t next() {
    const std::uint32_t k = taken++;
    return mix(random, Purpose::kHost, key | std::uint64_t{k >> 8} << 32 | (k & 0xff));
  }
};

/// A change of the hosts that a balancer chooses from: of the set, of their health or weights.
struct HostChange {
  const ClusterConfig& cluster;
  const HostView& view;
  std::uint64_t seed = 0;  // where this worker's balancers of the cluster start, for all sources
  Instant now{};
  const HashTable* table = nullptr;        // of just these hosts, made already; it stays
  const Locality* own_locality = nullptr;  // the proxy's
};

/// A way to pick that keeps state of its own.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// At the start and on each change. False: no longer the right way to pick.
  virtual bool on_hosts(const HostChange& change) = 0;
  /// A position in `view.hosts`, which is not empty; kNone: none of them.
  virtual std::size_t pick(const HostView& view, Draws& draws) = 0;
};

/// What the hosts as they are now ask for; null: the inline pick does.
std::unique_ptr<Strategy> make_strategy(const HostChange& change);

std::size_t pick_full_scan(const HostView& view, Draws& draws);

inline std::size_t pick_random(const HostView& view, const Draws& draws) {
  return draws.priority % view.hosts.size();
}

/// The least loaded of `choices` samples; of equals, the first.
[[gnu::always_inline]] inline std::size_t pick_least_of(std::uint32_t choices, const HostView& view,
                                                        Draws& draws) {
  std::size_t best = draws.next() % view.hosts.size();
  std::uint32_t least = view.active[view.hosts[best]];
  if (choices == 2) [[likely]] {
    const std::size_t other = draws.next() % view.hosts.size();
    const auto better = static_cast<std::size_t>(view.active[view.hosts[other]] < least);
    return best + better * (other - best);  // no branch: it would be wrong every other time
  }
  for (std::uint32_t i = 1; i < choices; ++i) {
    const std::size_t sample = draws.next() % view.hosts.size();
    const std::uint32_t active = view.active[view.hosts[sample]];
    if (active >= least) continue;
    best = sample;
    least = active;
  }
  return best;
}

class Balancer {
 public:
  explicit Balancer(std::uint64_t seed = 0) : next_(seed) {}
  Balancer(std::uint64_t seed, std::unique_ptr<Strategy> own)
      : next_(seed), strategy_(std::move(own)) {}

  void on_hosts(const HostChange& change) {
    if (strategy_ && strategy_->on_hosts(change)) return;
    strategy_ = make_strategy(change);
  }

  /// A host's number, kNone when there is no host.
  [[gnu::always_inline]] std::uint32_t pick(const ClusterConfig& cluster, const HostView& view,
                                            Draws& draws) {
    if (view.hosts.empty()) [[unlikely]]
      return kNone;
    if (strategy_) [[unlikely]] {
      const std::size_t position = strategy_->pick(view, draws);
      return position < view.hosts.size() ? view.hosts[position] : kNone;
    }
    switch (cluster.lb) {
      case LbPolicy::kLeastRequest:
        if (cluster.least_request.full_scan) return view.hosts[pick_full_scan(view, draws)];
        return view.hosts[pick_least_of(cluster.least_request.choice_count, view, draws)];
      case LbPolicy::kRandom:
        return view.hosts[pick_random(view, draws)];
      default:
        break;
    }
    return view.hosts[next_++ % view.hosts.size()];
  }

 private:
  std::uint64_t next_;
  std::unique_ptr<Strategy> strategy_;
};
static_assert(sizeof(Balancer) <= 16);

}  // namespace squall::policies::lb
