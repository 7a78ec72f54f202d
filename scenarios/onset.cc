#include "scenarios/onset.h"

#include <algorithm>

#include "scenarios/judge.h"

namespace squall::scenarios {
namespace {

using reports::Accumulator;
using reports::Answer;
using reports::Query;

constexpr std::int64_t kSteps = 100;

bool can_be_followed(const Expectation& expectation) {
  const Query& first = expectation.figures.front().query;
  return first.to - first.from > kStep &&
         std::ranges::all_of(expectation.figures, [&](const Figure& figure) {
           return figure.function == Function::kPlain && figure.query.from == first.from &&
                  figure.query.to == first.to;
         });
}

Query in_steps(Query query) {
  const Duration window = query.to - query.from;
  const std::int64_t seconds = (window / kSteps + kStep - Duration(1)) / kStep;
  query.step = kStep * std::max<std::int64_t>(seconds, 1);
  return query;
}

/// `answers`: to the expectation's figures in steps.
std::optional<Instant> onset_of(const Expectation& expectation, std::span<const Answer> answers) {
  const Query query = in_steps(expectation.figures.front().query);
  std::vector<Accumulator> sums;
  for (const Answer& answer : answers) sums.push_back(answer.front());
  std::optional<Instant> since;
  for (std::size_t step = 0; step < query.steps(); ++step) {
    std::vector<std::optional<double>> values;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (step > 0) sums[i].merge(answers[i][step]);
      values.push_back(sums[i].value(expectation.figures[i].query.metric, query.step));
    }
    const bool known = std::ranges::all_of(values, [](const auto& one) { return one.has_value(); });
    if (!known) continue;
    if (judge(expectation, values).ok) {
      since.reset();
    } else if (!since) {
      since = query.window(step).first;
    }
  }
  return since;
}

}  // namespace

std::vector<Query> onset_queries(const Scenario& scenario) {
  std::vector<Query> queries;
  for (const Expectation& expectation : scenario.expectations) {
    if (!can_be_followed(expectation)) continue;
    for (const Figure& figure : expectation.figures) queries.push_back(in_steps(figure.query));
  }
  return queries;
}

std::vector<std::optional<Instant>> onsets_of(const Scenario& scenario,
                                              std::span<const Answer> answers) {
  std::vector<std::optional<Instant>> onsets;
  for (const Expectation& expectation : scenario.expectations) {
    onsets.emplace_back();
    if (!can_be_followed(expectation)) continue;
    const std::size_t n = expectation.figures.size();
    onsets.back() = onset_of(expectation, answers.first(n));
    answers = answers.subspan(n);
  }
  return onsets;
}

}  // namespace squall::scenarios
