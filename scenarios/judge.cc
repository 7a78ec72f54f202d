#include "scenarios/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/text.h"

namespace squall::scenarios {
namespace {

std::string figure_text(const Expectation& expectation, double value) {
  if (std::isinf(value)) return value > 0 ? "never" : "-never";
  if (expectation.percent) return fmt::format("{:.6g}%", value * 100);
  return quantity_text(value, expectation.dimension);
}

/// The same as the tables of a report have it.
std::string table_text(const Expectation& expectation, std::optional<double> value) {
  if (!value) return "no figure";
  if (is_stuck(expectation)) return *value > 0 ? "stuck" : "not stuck";
  if (std::isinf(*value)) return "never";
  if (expectation.percent) return reports::percent_text(*value);
  if (expectation.dimension == 1) return reports::duration_text(*value);
  if (expectation.dimension == -1) return reports::rate_text(*value);
  return fmt::format("{:.6g}", *value);
}

/// Why there is nothing to compare.
std::string nothing_of(const Expectation& expectation,
                       std::span<const std::optional<double>> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i])
      return fmt::format("there is no {}: nothing was counted there", expectation.figures[i].text);
  }
  const bool never = std::ranges::any_of(
      values, [](const std::optional<double>& value) { return std::isinf(*value); });
  return never ? "what never happens cannot be compared with itself" : "it divides by zero";
}

std::string wanted(const Expectation& expectation, double right, std::optional<double> upper) {
  if (upper)
    return fmt::format("in {}..{}", figure_text(expectation, right),
                       figure_text(expectation, *upper));
  return fmt::format("{} {}", symbol_of(expectation.comparison), figure_text(expectation, right));
}

/// The values of an expectation's figures; takes their answers from the front.
std::vector<std::optional<double>> values_of(const Expectation& expectation,
                                             std::span<const reports::Answer>& answers) {
  std::vector<std::optional<double>> values;
  for (const Figure& figure : expectation.figures) {
    values.push_back(value_of(figure, answers.first(figure.queries())));
    answers = answers.subspan(figure.queries());
  }
  return values;
}

std::string percent(double share) { return fmt::format("{:.3g}%", share * 100); }

}  // namespace

std::vector<reports::Query> queries_of(const Scenario& scenario) {
  std::vector<reports::Query> queries;
  for (const Expectation& expectation : scenario.expectations) {
    for (const Figure& figure : expectation.figures) {
      queries.push_back(figure.query);
      if (figure.base) queries.push_back(*figure.base);
    }
  }
  return queries;
}

Judgement judge(const Expectation& expectation, std::span<const std::optional<double>> values) {
  const std::optional<double> left = evaluate(expectation.left, values);
  const std::optional<double> right = evaluate(expectation.right, values);
  std::optional<double> upper;
  const bool within = expectation.comparison == Comparison::kWithin;
  if (within) upper = evaluate(expectation.upper, values);
  if (!left || !right || (within && !upper)) return {false, left, nothing_of(expectation, values)};
  if (holds(expectation.comparison, *left, *right, upper)) return {true, left, {}};
  if (is_stuck(expectation)) return {false, left, *left > 0 ? "it is stuck" : "it is not stuck"};
  return {false, left,
          fmt::format("is {}, wanted {}", figure_text(expectation, *left),
                      wanted(expectation, *right, upper))};
}

std::vector<reports::ExpectationResult> judge(const Scenario& scenario,
                                              std::span<const reports::Answer> answers) {
  std::vector<reports::ExpectationResult> results;
  for (const Expectation& expectation : scenario.expectations) {
    Judgement judgement = judge(expectation, values_of(expectation, answers));
    reports::ExpectationResult& result = results.emplace_back(
        reports::ExpectationResult{.text = expectation.text,
                                   .ok = judgement.ok,
                                   .value = judgement.value,
                                   .why = std::move(judgement.text),
                                   .figure = table_text(expectation, judgement.value)});
    if (result.value && std::isinf(*result.value)) result.value.reset();
    if (!expectation.share) continue;
    result.share = {.held = result.ok ? 1U : 0U, .runs = 1};
    result.ok = true;
    result.why.clear();
  }
  return results;
}

reports::ExpectationResult judge_share(const Expectation& expectation, std::uint64_t held,
                                       std::uint64_t runs) {
  const double share = static_cast<double>(held) / static_cast<double>(runs);
  const auto [low, high] = share_interval(held, runs);
  const std::string wanted = fmt::format("in {} {}", symbol_of(expectation.share->comparison),
                                         percent(expectation.share->share));
  reports::ExpectationResult result{
      .text = fmt::format("{} {} of the runs", expectation.text, wanted),
      .ok = holds(expectation.share->comparison, share, expectation.share->share, {}),
      .value = share,
      .why = {},
      .figure = fmt::format("{} of {} runs, {} to {}", held, runs, percent(low), percent(high)),
      .share = {.held = held, .runs = runs, .low = low, .high = high}};
  if (!result.ok) {
    result.why = fmt::format("held in {} of {} runs (95% interval {} to {}), wanted {}", held, runs,
                             percent(low), percent(high), wanted);
  }
  return result;
}

std::pair<double, double> share_interval(std::uint64_t held, std::uint64_t runs) {
  constexpr double kZ = 1.959963984540054;  // of the normal distribution, two-sided 95 %
  const auto n = static_cast<double>(runs);
  const double share = static_cast<double>(held) / n;
  const double middle = share + kZ * kZ / (2 * n);
  const double half = kZ * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  const double whole = 1 + kZ * kZ / n;
  // The ends are exact, whatever was lost to rounding.
  return {held == 0 ? 0 : (middle - half) / whole, held == runs ? 1 : (middle + half) / whole};
}

}  // namespace squall::scenarios
