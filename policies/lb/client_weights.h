// ClientWeights: how much weight does a host get by the load that it reports with its responses?
//
// A report's weight (load_report.h) counts once the host has reported for the blackout period, and
// until it is older than the expiration period; other hosts get the median. Weights change on the
// grid of the update period only. Source: Envoy's client_side_weighted_round_robin_lb, checked on a
// live 1.40 (docs/policies.md, "Weights by reported load"). Cost: none between reports; linear in
// the hosts once a period.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "policies/base/time.h"
#include "policies/lb/config.h"

namespace squall::policies::lb {

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
