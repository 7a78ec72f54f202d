// Consistent hashing with bounded loads: who takes over for a host that has more than its share?
//
// A host may have `factor` percent of its fair share of the cluster's active requests. Beyond that
// the others are asked in an order that the hash alone decides; when all are beyond it, the least
// loaded wins. Source: Envoy's BoundedLoadHashingLoadBalancer, 1.36, after Mirrokni, Thorup and
// Zadimoghaddam, SODA 2018. Cost: nothing while the first choice has room; else 2.5 kB of generator
// state and up to all hosts.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace squall::policies::lb {

/// The 32-bit Mersenne Twister (Matsumoto and Nishimura, 1998), which Envoy seeds by a hash here:
/// a part of the algorithm, not a source of chance.
class MersenneTwister {
 public:
  explicit MersenneTwister(std::uint32_t seed);
  std::uint32_t next();
  /// In [0, bound), by rejection.
  std::uint32_t below(std::uint32_t bound);

 private:
  void twist();
  std::array<std::uint32_t, 624> state_;
  std::size_t taken_ = 624;
};

/// Requests that a host with this share (0 to 1) may have at once, of a cluster that has
/// `cluster_active`.
std::uint32_t slots_of(double share, std::uint32_t cluster_active, std::uint32_t factor_percent);

/// Calls visit(i) for i of 0 to count - 1 in the order of `hash` until it returns false. `order` is
/// scratch memory.
template <class Visit>
void visit_shuffled(std::uint32_t count, std::uint64_t hash, std::vector<std::uint32_t>& order,
                    const Visit& visit) {
  order.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  MersenneTwister random(static_cast<std::uint32_t>(hash));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + random.below(count - i)]);
    if (!visit(order[i])) return;
  }
}

/// `overload(i)`: how many times host i's load is what it may be. Returns `first` while it has
/// room.
template <class Overload>
std::uint32_t pick_bounded(std::uint32_t first, std::uint32_t count, std::uint64_t hash,
                           const Overload& overload, std::vector<std::uint32_t>& order) {
  std::uint32_t best = first;
  double least = overload(first);
  if (least <= 1) return first;
  visit_shuffled(count, hash, order, [&](std::uint32_t other) {
    if (other == first) return true;
    const double load = overload(other);
    if (load < least) {
      best = other;
      least = load;
    }
    return load > 1;
  });
  return best;
}

}  // namespace squall::policies::lb
