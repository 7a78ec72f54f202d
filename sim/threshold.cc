#include "sim/threshold.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "reports/pool.h"
#include "reports/summary.h"
#include "scenarios/judge.h"
#include "scenarios/threshold.h"
#include "sim/replicate.h"

namespace squall::sim {
namespace {

using scenarios::Threshold;
using scenarios::ThresholdSearch;

/// In how many runs the expectation held.
struct Held {
  std::uint64_t held = 0, runs = 0;
  scenarios::Expectation expectation{};
};

class Asked {
 public:
  Asked(const TestCase& one, int jobs, const std::atomic<bool>* stop)
      : one_(one), jobs_(jobs), stop_(stop) {}

  /// None: stopped before all had run.
  Result<std::optional<Held>> at(double value, int runs, Diagnostics& warnings) const {
    scenarios::ReadOptions read = one_.test->read;
    const ThresholdSearch& search = *one_.test->threshold;
    read.each.push_back({.name = search.parameter,
                         .value = search.text(value),
                         .place = search.place,
                         .by = "threshold"});
    const auto scenario = scenarios::load_scenario(one_.file->scenario, read);
    if (!scenario) return std::unexpected(scenario.error());
    const auto found = replicate(*scenario, {.runs = runs, .jobs = jobs_, .each = {.stop = stop_}});
    if (!found) return std::unexpected(found.error());
    warnings.add(scenario->warnings);
    warnings.add(found->warnings);
    if (!found->pooled || found->pooled->interrupted) return std::nullopt;
    const auto& share = found->pooled->expectations.front().share;
    return Held{
        .held = share.held, .runs = share.runs, .expectation = scenario->expectations.front()};
  }

 private:
  const TestCase& one_;
  int jobs_;
  const std::atomic<bool>* stop_;
};

void put_expectations(std::vector<reports::ExpectationResult> results, reports::TestResult& out) {
  reports::RunData data;
  data.expectations = std::move(results);
  out.set_verdict(reports::verdict_of(data));
  *out.mutable_expectations() = reports::to_report(data).expectations();
}

/// Whether as large a share of the runs as is wanted is where it should be.
reports::ExpectationResult judge_side(const ThresholdSearch& search, double value, bool holds,
                                      Held found) {
  scenarios::Expectation& one = found.expectation;
  one.text = fmt::format("{}={}: {}{}", search.parameter, search.text(value), holds ? "" : "not ",
                         one.text);
  return scenarios::judge_share(one, holds ? found.held : found.runs - found.held, found.runs);
}

void put(const ThresholdSearch& search, const Threshold& found, int runs, reports::Threshold& out) {
  out.set_parameter(search.parameter);
  out.set_value(search.text(found.value));
  out.set_of(search.of);
  out.set_holds(found.holds_above ? "above" : "below");
  out.set_below(search.text(found.below));
  out.set_above(search.text(found.above));
  out.set_lower(search.text(found.lower(search)));
  out.set_upper(search.text(found.upper(search)));
  out.set_runs(static_cast<std::uint32_t>(runs));
}

/// Of a search that found both ends alike.
reports::ExpectationResult no_threshold(const ThresholdSearch& search, bool holds) {
  return {.text = fmt::format("{} holds on one side of a value of {}", search.of, search.parameter),
          .ok = false,
          .value = {},
          .why = fmt::format("it {} at {} and at {}", holds ? "holds" : "does not hold",
                             search.text(search.least), search.text(search.most)),
          .figure = holds ? "holds at both ends" : "holds at neither end"};
}

}  // namespace

Result<void> find_threshold(const TestCase& one, int jobs, const std::atomic<bool>* stop,
                            reports::TestResult& out, Diagnostics& warnings) {
  const ThresholdSearch& search = *one.test->threshold;
  const Asked asked(one, jobs, stop);
  scenarios::Bisection bisection(search);
  out.set_verdict("interrupted");
  Diagnostics of_tries;  // the sides' runs say the same
  while (const std::optional<double> value = bisection.next()) {
    const auto held = asked.at(*value, search.runs, of_tries);
    if (!held) return std::unexpected(held.error());
    if (!*held) return {};
    bisection.tell(2 * (*held)->held > (*held)->runs);
  }
  const std::optional<Threshold> found = bisection.found();
  if (!found) {
    put_expectations({no_threshold(search, bisection.holds_everywhere())}, out);
    return {};
  }
  put(search, *found, one.test->runs, *out.mutable_threshold());
  std::vector<reports::ExpectationResult> results;
  for (const bool upper : {false, true}) {
    const double value = upper ? found->upper(search) : found->lower(search);
    auto held = asked.at(value, one.test->runs, warnings);
    if (!held) return std::unexpected(held.error());
    if (!*held) return {};
    results.push_back(judge_side(search, value, upper == found->holds_above, **std::move(held)));
  }
  put_expectations(std::move(results), out);
  return {};
}

}  // namespace squall::sim
