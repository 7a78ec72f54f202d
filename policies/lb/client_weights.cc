#include "policies/lb/client_weights.h"

#include <algorithm>

namespace squall::policies::lb {
namespace {

/// Of an even number the mean of the middle two, truncated; 1 of none.
std::uint32_t median(std::vector<std::uint32_t>& values) {
  if (values.empty()) return 1;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return static_cast<std::uint32_t>((std::uint64_t{values[middle - 1]} + values[middle]) / 2);
}

}  // namespace

ClientWeights::ClientWeights(const ClientWeighted& config, std::size_t hosts, Instant start)
    : config_(&config), next_(start + config.weight_update_period), reports_(hosts) {
  known_.reserve(hosts);
}

bool ClientWeights::advance(Instant now, std::span<std::uint32_t> weights) {
  if (now < next_) return false;
  const Duration period = config_->weight_update_period;
  const Instant tick = next_ + (now - next_) / period * period;
  next_ = tick + period;
  known_.clear();
  bool changed = false;
  const auto set = [&](std::size_t host, std::uint32_t weight) {
    weight = std::max<std::uint32_t>(weight, 1);
    changed = changed || weights[host] != weight;
    weights[host] = weight;
  };
  const auto counts = [&](const Report& report) {
    return report.since != kNever && report.since <= tick - config_->blackout_period &&
           report.last >= tick - config_->weight_expiration_period;
  };
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    Report& report = reports_[i];
    const bool old =
        report.since != kNever && report.last < tick - config_->weight_expiration_period;
    if (counts(report)) {
      known_.push_back(report.weight);
      set(i, report.weight);
    } else if (old) {
      report.since = kNever;
    }
  }
  if (known_.size() == reports_.size()) return changed;
  const std::uint32_t usual = median(known_);
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    if (!counts(reports_[i])) set(i, usual);
  }
  return changed;
}

void ClientWeights::on_report(std::uint32_t host, std::uint32_t weight, Instant now) {
  Report& report = reports_[host];
  report.weight = weight;
  report.last = now;
  if (report.since == kNever) report.since = now;
}

}  // namespace squall::policies::lb
