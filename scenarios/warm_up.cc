#include "scenarios/warm_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

#include "reports/text.h"

namespace squall::scenarios {
namespace {

constexpr std::size_t kBatch = 5;    // steps
constexpr std::size_t kFewest = 20;  // batches
constexpr double kNear = 1.25;
constexpr double kLeastShare = 0.05;  // by which the start must differ from the rest
constexpr double kDeviations = 4;     // likewise

struct Spread {
  double mean = 0, squares = 0;  // the second: of what is off the mean, summed up
};
Spread spread_of(std::span<const double> values) {
  Spread out;
  for (const double value : values) out.mean += value / static_cast<double>(values.size());
  for (const double value : values) out.squares += (value - out.mean) * (value - out.mean);
  return out;
}

/// How many of the values are to be cut off: the fewest with which the error of the rest's mean
/// comes near the least that there is. Where exactly that one lies is chance.
std::size_t cut_of(std::span<const double> values) {
  std::vector<double> errors;
  for (std::size_t cut = 0; cut <= values.size() / 2; ++cut) {
    const auto rest = static_cast<double>(values.size() - cut);
    errors.push_back(spread_of(values.subspan(cut)).squares / (rest * rest));
  }
  const double near = kNear * *std::ranges::min_element(errors);
  const auto first = std::ranges::find_if(errors, [&](double error) { return error <= near; });
  return static_cast<std::size_t>(first - errors.begin());
}

/// Medians of batches that end by `until`; none where a batch has no answer.
std::optional<std::vector<double>> batches_of(const reports::Series& series, Instant until) {
  std::vector<double> batches;
  const Duration length = series.step() * static_cast<std::int64_t>(kBatch);
  for (std::size_t first = 0; first + kBatch <= series.steps(); first += kBatch) {
    if (Instant(length * static_cast<std::int64_t>(batches.size() + 1)) > until) break;
    double sum = 0;
    std::size_t answered = 0;
    for (std::size_t i = first; i < first + kBatch; ++i) {
      if (series.requests(i) == series.unanswered(i)) continue;
      sum += series.quantile_s(i, 0.5);
      ++answered;
    }
    if (answered == 0) return std::nullopt;
    batches.push_back(sum / static_cast<double>(answered));
  }
  return batches;
}

bool differ(std::span<const double> start, std::span<const double> rest) {
  const Spread settled = spread_of(rest);
  const double deviation = std::sqrt(settled.squares / static_cast<double>(rest.size()));
  const double difference = std::fabs(spread_of(start).mean - settled.mean);
  return difference > kLeastShare * settled.mean &&
         difference > kDeviations * deviation / std::sqrt(static_cast<double>(start.size()));
}

std::optional<std::string> remark(const reports::LoadData& load, Duration warmup, Instant until) {
  const auto batches = batches_of(load.series, until);
  if (!batches || batches->size() < kFewest) return std::nullopt;
  const Duration length = load.series.step() * static_cast<std::int64_t>(kBatch);
  const auto warm = static_cast<std::size_t>(warmup / length);
  const std::size_t cut = cut_of(*batches);
  const std::span<const double> all = *batches;
  if (cut <= warm || !differ(all.subspan(warm, cut - warm), all.subspan(cut))) return std::nullopt;
  if (cut > all.size() / 3) {
    return fmt::format(
        "load {}: its latencies have not settled by {}, so its figures are of that time alone",
        load.name,
        reports::duration_text(to_seconds(length * static_cast<std::int64_t>(all.size()))));
  }
  return fmt::format(
      "load {}: its latencies settle at about {}, and the warm-up of {} leaves the start in its "
      "figures",
      load.name, reports::duration_text(to_seconds(length * static_cast<std::int64_t>(cut))),
      reports::duration_text(to_seconds(warmup)));
}

bool is_steady(const Load& load) {
  if (load.kind == Load::Kind::kClosed) return !load.once;
  return (load.steps.size() == 1 && load.steps.front().at == Duration{} &&
          load.steps.front().ramp == Duration{});
}

}  // namespace

std::vector<std::string> remarks_on_warm_up(const Scenario& scenario,
                                            const reports::RunData& data) {
  Instant until(scenario.duration);
  for (const Fault& fault : scenario.faults) until = std::min(until, Instant(fault.at));
  for (const Change& change : scenario.changes) until = std::min(until, Instant(change.at));
  std::vector<std::string> remarks;
  for (const Load& load : scenario.loads) {
    const auto found = std::ranges::find(data.loads, load.name, &reports::LoadData::name);
    if (found == data.loads.end() || !is_steady(load)) continue;
    if (auto one = remark(*found, scenario.warmup, until)) remarks.push_back(*std::move(one));
  }
  return remarks;
}

}  // namespace squall::scenarios
