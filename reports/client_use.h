// ClientUse: what applications' own client libraries did with the calls they were given.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace squall::reports {

enum class ClientCount : std::uint8_t {
  kCalls,         // asked for
  kTries,         // sent
  kRetries,       // of these: as one before had failed
  kTimeouts,      // of these: given up
  kOverBudget,    // retries that a budget refused
  kHedges,        // of the tries: as one before was slow
  kStopped,       // calls and retries that a breaker stopped
  kThrottled,     // tries that its throttle turned away
  kNoConnection,  // calls that waited for a connection for too long
};
inline constexpr std::size_t kClientCounts =
    static_cast<std::size_t>(ClientCount::kNoConnection) + 1;

class ClientUse {
 public:
  std::uint64_t& operator[](ClientCount what) { return counts_[static_cast<std::size_t>(what)]; }
  std::uint64_t operator[](ClientCount what) const {
    return counts_[static_cast<std::size_t>(what)];
  }
  void merge(const ClientUse& other) {
    for (std::size_t i = 0; i < kClientCounts; ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<std::uint64_t, kClientCounts> counts_{};
};

}  // namespace squall::reports
