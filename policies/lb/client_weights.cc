#include "policies/lb/client_weights.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace squall::policies::lb {
namespace {

/// The value of one metric in "a=1,b.c=2".
double metric(std::string_view report, std::string_view name) {
  while (!report.empty()) {
    const std::string_view pair = report.substr(0, report.find(','));
    report.remove_prefix(std::min(pair.size() + 1, report.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    const std::string_view text = pair.substr(equals + 1);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  return 0;
}

double utilization(const ClientWeighted& config, std::string_view report) {
  const double application = metric(report, "application_utilization");
  if (application > 0) return application;
  double named = 0;
  for (const std::string& name : config.utilization_metrics)
    named = std::max(named, metric(report, name));
  return named > 0 ? named : metric(report, "cpu_utilization");
}

/// Of an even number the mean of the middle two, truncated; 1 of none.
std::uint32_t median(std::vector<std::uint32_t>& values) {
  if (values.empty()) return 1;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return static_cast<std::uint32_t>((std::uint64_t{values[middle - 1]} + values[middle]) / 2);
}

}  // namespace

std::optional<std::string_view> find_report(Headers headers) {
  constexpr std::string_view kText = "TEXT ";
  auto report = find_header(headers, "endpoint-load-metrics");
  if (!report || !report->starts_with(kText)) return std::nullopt;
  report->remove_prefix(kText.size());
  return report;
}

std::optional<std::uint32_t> weight_of_report(const ClientWeighted& config,
                                              std::string_view report) {
  const double rate = metric(report, "rps_fractional");
  const double used = utilization(config, report);
  if (!(rate > 0) || !(used > 0)) return std::nullopt;
  const double penalty = metric(report, "eps") / rate * config.error_utilization_penalty;
  const double weight = rate / (used + penalty);
  if (!(weight >= 1)) return std::nullopt;
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  return weight >= kMost ? kMost : static_cast<std::uint32_t>(weight);
}

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
