// Counters of a cluster under Envoy's names, as /stats prints them.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::policies {

enum class Stat : std::uint8_t {
  kRqTotal,
  kRqTimeout,
  kRqPerTryTimeout,
  kRqPerTryIdleTimeout,
  kRqMaxDurationReached,
  kRqRetry,
  kRqRetrySuccess,
  kRqRetryOverflow,
  kRqRetryLimitExceeded,
  kRqRetryBackoffExponential,
  kRqRetryBackoffRatelimited,
  kRqRxReset,
  kRqTxReset,
  kRqMaintenanceMode,
  kRqPendingTotal,
  kRqPendingOverflow,
  kRqPendingFailureEject,
  kRqCancelled,
  kRqActiveOverflow,
  kRetryOrShadowAbandoned,
  kCxTotal,
  kCxOverflow,
  kCxPoolOverflow,
  kCxNoneHealthy,
  kCxConnectAttemptsExceeded,
  kCxConnectFail,
  kCxConnectTimeout,
  kCxDestroyLocal,
  kCxDestroyRemote,
  kCxDestroyLocalWithActiveRq,
  kCxDestroyRemoteWithActiveRq,
  kCxCloseNotify,
  kCxProtocolError,
  kCxMaxRequests,
  kCxMaxDurationReached,
  kCxIdleTimeout,
  kLbHealthyPanic,
  kInternalRedirectSucceeded,
  kInternalRedirectFailed,
  // Sums, to which nobody adds.
  kCxDestroy,
  kCxDestroyWithActiveRq,
};
inline constexpr std::size_t kStats = static_cast<std::size_t>(Stat::kCxDestroyWithActiveRq) + 1;
inline constexpr auto kCountedStats = static_cast<std::size_t>(Stat::kCxDestroy);
/// "upstream_rq_total": the part behind "cluster.NAME.".
std::string_view to_string(Stat stat);

/// What happened at one host, by Envoy's names.
struct HostStats {
  std::uint64_t cx_total = 0, cx_connect_fail = 0;
  std::uint64_t rq_total = 0, rq_success = 0, rq_error = 0, rq_timeout = 0;
};

/// What a response counts as.
struct ResponseKind {
  std::uint16_t status = 0;
  std::uint16_t zone = 0;  // of its host, by Epoch::zones; 0: not told apart
  bool internal = false;   // an internal caller's
  bool canary = false;     // by its head or its host
  bool retried = false;    // dropped for another attempt, and in no other family then
};
/// Responses by their kind: the one that came first, then the others in order, so that a host whose
/// answers vary makes no count slow.
class ResponseCounts {
 public:
  [[gnu::always_inline]] void add(const ResponseKind& kind) {
    const std::uint64_t word = word_of(kind);
    if (!rows_.empty() && rows_.front().first == word) [[likely]] {
      ++rows_.front().second;
    } else {
      add_seldom(word);
    }
  }
  /// Calls visit(kind, count) for each kind.
  template <class Visit>
  void visit(const Visit& visit) const {
    for (const auto& [word, count] : rows_) visit(kind_of(word), count);
  }
  std::size_t kinds() const { return rows_.size(); }

 private:
  // Kinds are compared as one word, made by shifts: a processor is slow to read back in one piece
  // what was just written in several.
  static std::uint64_t word_of(const ResponseKind& kind) {
    return std::uint64_t{kind.status} | std::uint64_t{kind.zone} << 16 |
           std::uint64_t{kind.internal} << 32 | std::uint64_t{kind.canary} << 33 |
           std::uint64_t{kind.retried} << 34;
  }
  static ResponseKind kind_of(std::uint64_t word) {
    return {.status = static_cast<std::uint16_t>(word),
            .zone = static_cast<std::uint16_t>(word >> 16),
            .internal = (word >> 32 & 1) != 0,
            .canary = (word >> 33 & 1) != 0,
            .retried = (word >> 34 & 1) != 0};
  }
  void add_seldom(std::uint64_t word);

  using Row = std::pair<std::uint64_t, std::uint64_t>;  // a kind and how many
  std::vector<Row> rows_;
};

/// Most clusters count few things: memory for all is made when the first of the others happens.
struct ClusterStats {
  std::uint64_t requests = 0, waits = 0, opened = 0, closed = 0;  // `closed`: by us
  std::unique_ptr<std::array<std::uint64_t, kCountedStats>> others;
  ResponseCounts responses;
  [[gnu::always_inline]] void add(Stat stat) {
    switch (stat) {
      case Stat::kRqTotal:
        return static_cast<void>(++requests);
      case Stat::kRqPendingTotal:
        return static_cast<void>(++waits);
      case Stat::kCxTotal:
        return static_cast<void>(++opened);
      case Stat::kCxDestroyLocal:
        return static_cast<void>(++closed);
      default:
        return add_other(stat);
    }
  }
  /// A connection has ended; `active`: before a request on it had.
  void add_closed(bool by_host, bool active) {
    add(by_host ? Stat::kCxDestroyRemote : Stat::kCxDestroyLocal);
    if (active)
      add(by_host ? Stat::kCxDestroyRemoteWithActiveRq : Stat::kCxDestroyLocalWithActiveRq);
  }
  void add_other(Stat stat);
  std::uint64_t get(Stat stat) const;
};

}  // namespace squall::policies
