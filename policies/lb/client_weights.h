// ClientWeights: how much weight does a host get by the load that it reports with its responses?
//
// weight = requests per second / (utilization + errors per request × penalty). A report counts once
// the host has reported for the blackout period, and until it is older than the expiration period;
// other hosts get the median. Weights change on the grid of the update period only. Reports are
// ORCA's, in the text form of the header endpoint-load-metrics. Source: Envoy's
// client_side_weighted_round_robin_lb, 1.36 (docs/policies.md, "Weights by reported load"). Cost:
// none between reports; linear in the hosts once a period.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policies/base/time.h"
#include "policies/lb/config.h"
#include "policies/match.h"

namespace squall::policies::lb {

/// A report's weight; none when it lacks requests per second or a utilization.
std::optional<std::uint32_t> weight_of_report(const ClientWeighted& config,
                                              std::string_view report);
/// The report among a response's headers, as weight_of_report takes it.
std::optional<std::string_view> find_report(Headers headers);

class ClientWeights {
 public:
  ClientWeights(const ClientWeighted& config, std::size_t hosts, Instant start);

  /// Does what was due until now. True: `weights` have changed.
  bool advance(Instant now, std::span<std::uint32_t> weights);
  /// After advance().
  void on_report(std::uint32_t host, std::uint32_t weight, Instant now);

 private:
  struct Report {
    std::uint32_t weight = 0;
    Instant since = kNever;  // reported without a gap from then on
    Instant last{};
  };
  const ClientWeighted* config_;
  Instant next_;
  std::vector<Report> reports_;
  std::vector<std::uint32_t> known_;  // scratch
};

}  // namespace squall::policies::lb
