#include "scenarios/figures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace squall::scenarios {
namespace {

using reports::Accumulator;
using reports::Answer;
using reports::Query;

constexpr double kDeviations = 3;

std::optional<double> plain(const Query& query, const Answer& answer) {
  return answer.front().value(query.metric, query.to - query.from);
}

/// A last step that is shorter than the others says little of a rate: it is left out.
std::size_t whole_steps(const Query& query) {
  return static_cast<std::size_t>((query.to - query.from) / query.step);
}

std::optional<double> extreme(const Query& query, const Answer& answer, bool highest) {
  std::optional<double> found;
  for (std::size_t i = 0; i < whole_steps(query); ++i) {
    const std::optional<double> value = answer[i].value(query.metric, query.step);
    if (!value) continue;
    if (!found || (highest ? *value > *found : *value < *found)) found = value;
  }
  return found;
}

/// What some steps come to together. Each of them adds one step's length to its time.
struct Window {
  Accumulator sum;
  std::optional<double> value;
};
Window window(const Query& query, std::span<const Answer::value_type> steps) {
  Window out{.sum = steps.front(), .value = {}};
  for (const Accumulator& one : steps.subspan(1)) out.sum.merge(one);
  out.value = out.sum.value(query.metric, query.step);
  return out;
}

/// The level that the figure is asked to reach, and how far chance moves a base measured like this.
struct Level {
  double value = 0;
  double deviation = 0;
};

bool below(const Query& query, const Window& window, const Level& level) {
  if (!window.value) return false;
  const double own = window.sum.deviation(query.metric, query.step, level.value);
  const double chance = std::sqrt(own * own + level.deviation * level.deviation);
  return *window.value < level.value - kDeviations * chance;
}

/// From the first instant on at which neither a window nor all the rest is below the level.
double recovery_time(const Figure& figure, const Answer& answer, const Level& level) {
  const std::span<const Accumulator> steps = std::span(answer).first(whole_steps(figure.query));
  const auto length = static_cast<std::size_t>(figure.over / figure.query.step);
  std::size_t first = steps.size();  // from which on no window is below
  while (first > 0) {
    const std::size_t from = first - 1;
    const std::size_t count = std::min(length, steps.size() - from);
    if (count == length &&
        below(figure.query, window(figure.query, steps.subspan(from, count)), level))
      break;
    first = from;
  }
  Window rest{.sum = Accumulator(), .value = {}};
  bool any = false;
  std::optional<std::size_t> reached;
  for (std::size_t i = steps.size(); i-- > first;) {
    if (any) {
      rest.sum.merge(steps[i]);
    } else {
      rest.sum = steps[i];
      any = true;
    }
    rest.value = rest.sum.value(figure.query.metric, figure.query.step);
    if (steps.size() - i >= length && !below(figure.query, rest, level)) reached = i;
  }
  if (!reached) return std::numeric_limits<double>::infinity();
  return to_seconds(figure.query.step * static_cast<std::int64_t>(*reached));
}

/// Whether the third and the fourth quarter of the time are below the level, each on average; none:
/// there is no figure.
std::optional<bool> stuck(const Figure& figure, const Answer& answer, double level) {
  const std::span<const Accumulator> steps = std::span(answer).first(whole_steps(figure.query));
  const std::size_t half = steps.size() / 2;
  const std::size_t quarter = half + (steps.size() - half) / 2;
  std::optional<bool> all_below;
  for (const auto& part : {steps.subspan(half, quarter - half), steps.subspan(quarter)}) {
    const std::optional<double> value = window(figure.query, part).value;
    if (value) all_below = all_below.value_or(true) && *value < level;
  }
  return all_below;
}

}  // namespace

std::optional<double> value_of(const Figure& figure, std::span<const Answer> answers) {
  switch (figure.function) {
    case Function::kPlain:
    case Function::kBase:
      return plain(figure.query, answers[0]);
    case Function::kPeak:
    case Function::kLow:
      return extreme(figure.query, answers[0], figure.function == Function::kPeak);
    case Function::kRecoveryTime:
    case Function::kStuck:
      break;
  }
  const std::optional<double> base = plain(*figure.base, answers[1]);
  if (!base || *base <= 0) return std::nullopt;  // what was broken before cannot recover
  if (figure.function == Function::kStuck) {
    const std::optional<bool> is_stuck = stuck(figure, answers[0], figure.level * *base);
    if (!is_stuck) return std::nullopt;
    return *is_stuck ? 1 : 0;
  }
  const Duration length = figure.base->to - figure.base->from;
  const double chance = answers[1].front().deviation(figure.base->metric, length, *base);
  return recovery_time(figure, answers[0],
                       {.value = figure.level * *base, .deviation = figure.level * chance});
}

}  // namespace squall::scenarios
