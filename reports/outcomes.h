// Outcomes: what became of requests, of a load, of one of its operations or of an edge.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "policies/base/time.h"
#include "reports/counts.h"
#include "reports/histogram.h"

namespace squall::reports {

/// What became of requests on a load or an edge.
struct Outcomes {
  std::uint64_t requests = 0;    // asked for
  std::uint64_t successes = 0;   // status < 500, no reset or timeout, grpc-status 0 or absent
  std::uint64_t ended = 0;       // in `status` and `latency`
  std::uint64_t unanswered = 0;  // never ended, and never will: failed, in no status and latency
  FlagCounts flags{}, failed_flags{};  // the second: of those that failed
  Histogram latency{};                 // to the last byte of the answer, failed ones too
  StatusCounts status{};

  /// One that ended; `requests` is counted when it arrives.
  void end(Duration took, int code, std::uint64_t packed_flags, bool success) {
    ++ended;
    successes += success ? 1 : 0;
    latency.record(took);
    status.add(code);
    flags.add(packed_flags);
    if (!success) failed_flags.add(packed_flags);
  }
  /// Those of which is known what became of them: all, but in a run that was interrupted.
  std::uint64_t settled() const { return ended + unanswered; }
};

/// Of connections that users hold: made; attempts that came to nothing; made, and closed by others.
enum class HeldCount : std::uint8_t { kOpened, kFailed, kLost };

/// One of the things that a load asks.
struct OperationData {
  std::string name{};
  std::uint64_t good_answers = 0;
  Outcomes outcomes{};
};

}  // namespace squall::reports
