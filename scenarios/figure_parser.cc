#include "scenarios/figure_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace squall::scenarios {
namespace {

using reports::Metric;
using reports::MetricKind;

// Each step of a figure is an accumulator; those of latencies hold a histogram of 38 KiB.
constexpr std::size_t kMostSteps = 100'000;
constexpr std::size_t kMostLatencySteps = 2'000;
constexpr Duration kOver = std::chrono::seconds(10);
constexpr double kRecovered = 0.95, kStuckBelow = 0.5;

struct Form {
  std::string_view name;
  Function function;
  std::string_view arguments;
};
constexpr std::array<Form, 5> kForms = {
    {{"peak", Function::kPeak, "peak(M) or peak(M, 1s)"},
     {"low", Function::kLow, "low(M) or low(M, 1s)"},
     {"base", Function::kBase, "base(M) or base(M, before=60s)"},
     {"recovery_time", Function::kRecoveryTime,
      "recovery_time(M), and in it after=120s, to=95%, before=60s and over=10s"},
     {"stuck", Function::kStuck, "stuck(M), and in it after=120s, below=50% and before=60s"}}};

const Form* form_of(std::string_view name) {
  const auto* const found = std::ranges::find(kForms, name, &Form::name);
  return found == kForms.end() ? nullptr : found;
}
const Form& form_of(Function function) {
  return *std::ranges::find(kForms, function, &Form::function);
}

std::string written_so(Function function) {
  return fmt::format("write {}", form_of(function).arguments);
}

/// More of it is better, and a second of it means as much as a minute.
bool can_recover(Metric metric) {
  return reports::kind_of(metric) == MetricKind::kPerSecond || metric == Metric::kSuccess ||
         metric == Metric::kHitRatio || metric == Metric::kHealthy || metric == Metric::kReady;
}

bool is_of_steps(Function function) {
  return function == Function::kPeak || function == Function::kLow;
}

std::string text_of(Instant at) { return to_string(at.time_since_epoch()); }

}  // namespace

std::optional<SumParser::Part> FigureParser::named(std::string_view name, std::size_t at,
                                                   Expression& out) {
  skip_blanks();
  const bool called = text_.substr(position_).starts_with('(');
  if (const Form* form = form_of(name)) {
    if (!called)
      return fail(at, fmt::format("\"{}\" is a function", name), written_so(form->function));
    return call(form->function, at, out);
  }
  if (called) {
    if (reports::metric_of(name)) {
      return fail(at, fmt::format("\"{}\" is a metric, not a function", name),
                  fmt::format("labels stand in braces, as in {}{{load=\"x\"}}", name));
    }
    return fail(at, fmt::format("\"{}\" is no function", name),
                "functions are peak, low, base, recovery_time and stuck");
  }
  std::optional<reports::Query> query = this->query(name, at);
  if (!query) return std::nullopt;
  return add({.function = Function::kPlain, .text = written_from(at), .query = *std::move(query)},
             out);
}

std::optional<SumParser::Part> FigureParser::add(Figure figure, Expression& out) {
  const Dimension dimension = figure.function == Function::kStuck ? 0
                              : figure.function == Function::kRecoveryTime
                                  ? 1
                                  : dimension_of(figure.query.metric);
  out.push_back({.op = Term::Op::kValue, .value = static_cast<std::uint32_t>(figures_.size())});
  figures_.push_back(std::move(figure));
  return Part{dimension, false};
}

std::optional<SumParser::Part> FigureParser::call(Function function, std::size_t at,
                                                  Expression& out) {
  take("(");
  skip_blanks();
  const std::size_t inner = position_;
  const std::string_view metric = take_name();
  if (metric.empty())
    return fail(inner, fmt::format("expected a metric, got {}", found()), written_so(function));
  std::optional<reports::Query> query = this->query(metric, inner);
  if (!query) return std::nullopt;
  if (!is_of_steps(function) && has_window()) {
    return fail(inner, fmt::format("{} has its own window", form_of(function).name),
                written_so(function));
  }
  const bool percent = percent_;  // a share among the arguments is not the figure's
  Arguments arguments;
  if (!this->arguments(function, arguments)) return std::nullopt;
  percent_ = percent;
  Figure figure{.function = function, .text = written_from(at), .query = *std::move(query)};
  const bool fits = is_of_steps(function)         ? in_steps(figure, arguments, inner)
                    : function == Function::kBase ? base(figure.query, arguments, inner)
                                                  : after_disturbance(figure, arguments, inner);
  if (!fits) return std::nullopt;
  return add(std::move(figure), out);
}

bool FigureParser::arguments(Function function, Arguments& out) {
  while (take(",")) {
    if (!argument(function, out)) return false;
  }
  if (take(")")) return true;
  fail(position_, fmt::format("expected \")\", got {}", found()), written_so(function));
  return false;
}

bool FigureParser::argument(Function function, Arguments& out) {
  skip_blanks();
  const std::size_t at = position_;
  const auto read = [&](std::optional<Duration>& into) {
    const bool twice = into.has_value();
    if (twice) fail(at, "stands twice", written_so(function));
    return !twice && duration(into.emplace(), "durations have a unit, as in 10s");
  };
  if (is_of_steps(function)) {
    const bool is_number = at < text_.size() && text_[at] >= '0' && text_[at] <= '9';
    if (is_number) return read(out.step);
    fail(at, fmt::format("expected a step, got {}", found()), written_so(function));
    return false;
  }
  const std::string_view name = take_name();
  const std::string_view level = function == Function::kStuck ? "below" : "to";
  const bool compares = function != Function::kBase;
  const bool recovers = function == Function::kRecoveryTime;
  std::optional<Duration>* const time = name == "before"              ? &out.before
                                        : compares && name == "after" ? &out.after
                                        : recovers && name == "over"  ? &out.over
                                                                      : nullptr;
  const bool is_level = compares && name == level;
  if (time == nullptr && !is_level) {
    position_ = at;
    fail(at, fmt::format("{} has no such argument: {}", form_of(function).name, found()),
         written_so(function));
    return false;
  }
  if (!take("=")) {
    fail(position_, fmt::format("expected \"=\", got {}", found()), written_so(function));
    return false;
  }
  if (time != nullptr) return read(*time);
  if (out.level) {
    fail(at, "stands twice", written_so(function));
    return false;
  }
  return share(out.level.emplace(), level);
}

bool FigureParser::share(double& out, std::string_view name) {
  skip_blanks();
  const std::size_t at = position_;
  Expression expression;
  const std::optional<Part> part = number(expression);
  if (!part) return false;
  out = expression.front().number;
  if (part->dimension == 0 && out > 0 && out <= 1) return true;
  fail(at,
       fmt::format("expected a share above 0 and at most 100%, got \"{}\"",
                   text_.substr(at, position_ - at)),
       fmt::format("it is one of base, as in {}=80%", name));
  return false;
}

bool FigureParser::in_steps(Figure& figure, const Arguments& arguments, std::size_t at) {
  reports::Query& query = figure.query;
  query.step = arguments.step.value_or(kStep);
  const Duration window = query.to - query.from;
  if (query.step <= Duration{} || query.step > window) {
    fail(at,
         fmt::format("steps of {} do not fit into a window of {}", to_string(query.step),
                     to_string(window)),
         written_so(figure.function));
    return false;
  }
  const bool latency = reports::kind_of(query.metric) == MetricKind::kLatency;
  const std::size_t most = latency ? kMostLatencySteps : kMostSteps;
  if (query.steps() <= most) return true;
  fail(at,
       fmt::format("{} steps are too many; {} is the limit{}", query.steps(), most,
                   latency ? " of a latency" : ""),
       "write a longer step or a shorter window");
  return false;
}

bool FigureParser::base(reports::Query& query, const Arguments& arguments, std::size_t at) {
  std::optional<Instant> before = run_.first_fault;
  if (arguments.before) before = Instant(*arguments.before);
  if (!before) {
    fail(at, "no fault says where base, the figure before it, ends", "write it, as in before=60s");
    return false;
  }
  query.from = run_.from;
  query.to = *before;
  if (query.to > run_.to) {
    fail(at,
         fmt::format("base would end at {}, after the load's end at {}", text_of(query.to),
                     text_of(run_.to)),
         "write an earlier before=, or let the first fault come before the end");
    return false;
  }
  if (query.from < query.to) return true;
  fail(at,
       fmt::format("nothing is left for base between the warm-up's end at {} and {}",
                   text_of(query.from), text_of(query.to)),
       "let the first fault come later, or write before=");
  return false;
}

bool FigureParser::after_disturbance(Figure& figure, const Arguments& arguments, std::size_t at) {
  const std::string_view name = form_of(figure.function).name;
  if (!can_recover(figure.query.metric)) {
    fail(at, fmt::format("{} is of a figure of which more is better, at any time", name),
         "write goodput, throughput, rate or success");
    return false;
  }
  figure.base = figure.query;
  if (!base(*figure.base, arguments, at)) return false;
  std::optional<Instant> after = run_.last_fault_end;
  if (arguments.after) after = Instant(*arguments.after);
  if (!after) {
    fail(at, "no fault says when the disturbance ends", "write it, as in after=70s");
    return false;
  }
  if (*after < figure.base->to) {
    fail(at,
         fmt::format("base lasts until {}, beyond after={}", text_of(figure.base->to),
                     text_of(*after)),
         "write an earlier before= or a later after=");
    return false;
  }
  // A second in each quarter is the least that stuck can be told from.
  figure.over = figure.function == Function::kStuck ? 4 * kStep : arguments.over.value_or(kOver);
  if (figure.over < kStep || figure.over % kStep != Duration{}) {
    fail(at, fmt::format("over={} is not whole seconds", to_string(figure.over)),
         "write for example over=10s");
    return false;
  }
  if (run_.to - *after < figure.over) {
    fail(at,
         fmt::format("from {} to the load's end at {} there is no window of {}", text_of(*after),
                     text_of(run_.to), to_string(figure.over)),
         "let the load go on for longer after the last fault, or write after= or over=");
    return false;
  }
  figure.level =
      arguments.level.value_or(figure.function == Function::kStuck ? kStuckBelow : kRecovered);
  figure.query.from = *after;
  figure.query.to = run_.to;
  figure.query.step = kStep;
  if (figure.query.steps() <= kMostSteps) return true;
  fail(at, fmt::format("more than {} seconds follow", kMostSteps), "write a later after=");
  return false;
}

}  // namespace squall::scenarios
