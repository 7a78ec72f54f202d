#include "scenarios/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/subjects.h"

namespace squall::scenarios {
namespace {

using reports::Metric;
using Comparison = Expectation::Comparison;

constexpr std::size_t kLongest = 4096;

constexpr std::array<std::string_view, 10> kMeasuredLabels = {
    "load", "from", "to", "workload", "pod", "subset", "operation", "code", "flag", "cause"};
constexpr std::array<std::string_view, 5> kFunctions = {"peak", "low", "base", "recovery_time",
                                                        "stuck"};
/// Longer symbols first: "<=" is not "<".
constexpr std::array<std::pair<std::string_view, Comparison>, 6> kSymbols = {
    {{"<=", Comparison::kAtMost},
     {">=", Comparison::kAtLeast},
     {"==", Comparison::kEqual},
     {"!=", Comparison::kNotEqual},
     {"<", Comparison::kLess},
     {">", Comparison::kGreater}}};

/// What other languages write.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMistaken = {
    {{"=>", "write >= for at least"},
     {"=<", "write <= for at most"},
     {"=~", "write == for equal"},
     {"=", "write == for equal"}}};

/// What others call them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kOtherNames = {
    {{"availability", "success >= 99%"},
     {"avg", "mean < 250ms"},
     {"average", "mean < 250ms"},
     {"duration", "p99 < 250ms"},
     {"error_rate", "success >= 99%"},
     {"error_ratio", "success >= 99%"},
     {"errors", "success >= 99%"},
     {"failure_rate", "success >= 99%"},
     {"failures", "success >= 99%"},
     {"latency", "p99 < 250ms"},
     {"median", "p50 < 250ms"},
     {"qps", "rate > 100/s"},
     {"rps", "rate > 100/s"},
     {"success_rate", "success >= 99%"}}};

std::string metric_advice(std::string_view name) {
  for (const auto& [other, expectation] : kOtherNames) {
    if (name == other) return fmt::format("write for example {}", expectation);
  }
  return name_advice(name, measured_metrics(), "metrics are");
}

/// Never above 1.
bool is_share(Metric metric) {
  return metric == Metric::kSuccess || metric == Metric::kUtilization;
}

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Dimension dimension_of(Metric metric) {
  switch (reports::kind_of(metric)) {
    case reports::MetricKind::kLatency:
    case reports::MetricKind::kSeconds:
      return 1;
    case reports::MetricKind::kPerSecond:
      return -1;
    default:
      return 0;
  }
}

class Parser : public SumParser {
 public:
  Parser(std::string_view text, const Window& run, Expectation& out)
      : SumParser(text), run_(run), out_(out) {}

  void expectation() {
    skip_blanks();
    const std::size_t start = position_;
    const std::optional<Part> left = sum(out_.left);
    if (!left) return;
    skip_blanks();
    const std::size_t at = position_;
    if (!comparison()) return;
    skip_blanks();
    const std::size_t right_at = position_;
    const std::optional<Part> right = sum(out_.right);
    if (!right) return;
    std::optional<Part> both = joined(*left, *right, at, "compare");
    if (both && out_.comparison == Comparison::kWithin) both = upper(*left);
    if (!both || !reachable(out_.left, Comparison::kGreater, out_.right, right_at) ||
        !reachable(out_.right, Comparison::kLess, out_.left, start) ||
        !reachable(out_.left, Comparison::kGreater, out_.upper, upper_at_))
      return;
    out_.dimension = left->zero ? both->dimension : left->dimension;
    out_.percent = percent_ && out_.dimension == 0;
    if (!at_end()) {
      fail(position_, fmt::format("expected the end, got {}", found()),
           "write each condition as an expectation of its own");
    }
    if (out_.queries.empty())
      fail(0, "names no metric, so no run can make it true or false",
           "metrics are " + list_of(measured_metrics()));
  }

 protected:
  std::optional<Part> named(std::string_view name, std::size_t at, Expression& out) override {
    const bool known = contains(kFunctions, name);
    skip_blanks();
    if (known || text_.substr(position_).starts_with('(')) {
      if (reports::metric_of(name)) {
        return fail(at, fmt::format("\"{}\" is a metric, not a function", name),
                    fmt::format("labels stand in braces, as in {}{{load=\"x\"}}", name));
      }
      return fail(
          at,
          fmt::format("\"{}\" {}", name,
                      known ? "cannot be judged by this version of squall" : "is no function"),
          "a window does it in most cases, as in max{load=\"x\"}[60s:120s]");
    }
    const std::optional<Metric> metric = reports::metric_of(name);
    if (!metric) return fail(at, fmt::format("\"{}\" is no metric", name), metric_advice(name));
    if (!contains(measured_metrics(), name)) {
      return fail(at, fmt::format("\"{}\" cannot be measured by this version of squall", name),
                  "metrics are " + list_of(measured_metrics()));
    }
    reports::Query query{.metric = *metric, .labels = {}, .from = run_.from, .to = run_.to};
    if (!labels(query) || !window(query)) return std::nullopt;
    out.push_back(
        {.op = Term::Op::kQuery, .query = static_cast<std::uint32_t>(out_.queries.size())});
    out_.queries.push_back(std::move(query));
    const std::string_view written = text_.substr(at, position_ - at);
    out_.query_texts.emplace_back(written.substr(0, written.find_last_not_of(" \t\n") + 1));
    return Part{dimension_of(*metric), false};
  }

 private:
  bool comparison() {
    for (const auto& [symbol, comparison] : kSymbols) {
      if (!take(symbol)) continue;
      out_.comparison = comparison;
      return true;
    }
    const std::size_t at = position_;
    if (take_name() == "in") {
      out_.comparison = Comparison::kWithin;
      return true;
    }
    position_ = at;
    std::string got = found();
    std::string advice = "write one of <, <=, ==, !=, >=, > or in A..B";
    for (const auto& [wrong, right] : kMistaken) {
      if (!text_.substr(at).starts_with(wrong)) continue;
      got = fmt::format("\"{}\"", wrong);
      advice = right;
      break;
    }
    fail(at, fmt::format("expected a comparison, got {}", got), std::move(advice));
    return false;
  }

  /// A share of something is compared with no more than all of it: `success >= 99` means 99%.
  /// `more`: how it would say that the share is above the number.
  bool reachable(const Expression& share, Comparison more, const Expression& number,
                 std::size_t at) {
    const bool compares_a_share = share.size() == 1 && share[0].op == Term::Op::kQuery &&
                                  is_share(out_.queries[share[0].query].metric) &&
                                  number.size() == 1 && number[0].op == Term::Op::kNumber;
    if (!compares_a_share) return true;
    const double value = number[0].number;
    if (value < 1 || (value == 1 && out_.comparison != more)) return true;
    std::string advice;
    if (value == 1) {
      advice = more == Comparison::kGreater ? "write >= 100%" : "write 100% <=";
    } else if (!percent_ && value <= 100) {
      advice = fmt::format("write {:.10g}%", value);
    }
    fail(at,
         fmt::format("{} is at most 1, which is 100%",
                     reports::name_of(out_.queries[share[0].query].metric)),
         std::move(advice));
    return false;
  }

  std::optional<Part> upper(Part left) {
    const std::size_t at = position_;
    if (!take(".."))
      return fail(at, fmt::format("expected \"..\" and the upper end, got {}", found()),
                  "write in A..B, as in 1s..2s");
    skip_blanks();
    upper_at_ = position_;
    const std::optional<Part> part = sum(out_.upper);
    if (!part) return std::nullopt;
    return joined(left, *part, at, "compare");
  }

  bool labels(reports::Query& query) {
    if (!take("{") || take("}")) return true;
    std::vector<std::pair<std::size_t, std::size_t>> places;  // of keys and values
    do {
      skip_blanks();
      const std::size_t at = position_;
      const std::string_view key = take_name();
      if (!label_known(key, at, query)) return false;
      const bool equals = take("=");
      skip_blanks();
      places.emplace_back(at, position_);
      const auto value = equals ? label_value()
                                : fail(position_, fmt::format("expected \"=\", got {}", found()),
                                       R"(write a label as load="x")");
      if (!value) return false;
      query.labels.emplace_back(key, *value);
    } while (take(","));
    if (!take("}"))
      fail(position_, fmt::format("expected \"}}\", got {}", found()),
           R"(labels are written {load="x",code="503"})");
    if (mistake()) return false;
    if (auto wrong = label_mistake(query)) {
      const auto [key, value] = places[wrong->label];
      fail(wrong->of_value ? value : key, std::move(wrong->what), std::move(wrong->advice));
    }
    return !mistake();
  }

  bool label_known(std::string_view key, std::size_t at, const reports::Query& query) {
    if (key.empty()) {
      fail(at, fmt::format("expected a label, got {}", found()),
           "labels are " + list_of(kMeasuredLabels));
    } else if (!reports::is_label(key)) {
      fail(at, fmt::format("\"{}\" is no label", key),
           name_advice(key, kMeasuredLabels, "labels are"));
    } else if (!contains(kMeasuredLabels, key)) {
      fail(at, fmt::format("label \"{}\" cannot be measured by this version of squall", key),
           "labels are " + list_of(kMeasuredLabels));
    } else if (std::any_of(query.labels.begin(), query.labels.end(),
                           [&](const auto& label) { return label.first == key; })) {
      fail(at, fmt::format("label \"{}\" stands twice", key));
    }
    return !mistake();
  }

  std::optional<std::string> label_value() {
    skip_blanks();
    const std::size_t at = position_;
    const char quote = at < text_.size() ? text_[at] : '\0';
    if (quote != '"' && quote != '\'')
      return fail(at, fmt::format("expected a text in quotes, got {}", found()),
                  R"(write a label as load="x")");
    const std::size_t end = text_.find(quote, at + 1);
    if (end == std::string_view::npos) return fail(at, "the quote is not closed");
    if (end == at + 1) return fail(at, "the label is empty", "leave the label out to mean any");
    position_ = end + 1;
    return std::string(text_.substr(at + 1, end - at - 1));
  }

  bool window(reports::Query& query) {
    const std::size_t at = position_;
    if (!take("[")) return true;
    if (!take(":")) {
      if (!instant(query.from)) return false;
      if (!take(":"))
        fail(position_, fmt::format("expected \":\", got {}", found()),
             "a window is written [60s:120s]");
    }
    if (mistake()) return false;
    if (!take("]")) {
      if (!instant(query.to)) return false;
      if (!take("]"))
        fail(position_, fmt::format("expected \"]\", got {}", found()),
             "a window is written [60s:120s]");
    }
    if (!mistake() && query.from >= query.to) {
      fail(
          at,
          fmt::format("the window from {} to {} is empty", to_string(query.from.time_since_epoch()),
                      to_string(query.to.time_since_epoch())),
          "a window is written [60s:120s], on the run's clock");
    }
    return !mistake();
  }

  bool instant(Instant& out) {
    skip_blanks();
    const std::size_t at = position_;
    Expression expression;
    const std::optional<Part> part = number(expression);
    if (!part) return false;
    if (part->dimension != 1 && !part->zero) {
      fail(at, fmt::format("expected a duration, got \"{}\"", text_.substr(at, position_ - at)),
           "a window is written [60s:120s]");
      return false;
    }
    const std::string_view word = text_.substr(at, position_ - at);
    out = part->zero ? Instant{} : Instant(*parse_duration(word));
    return true;
  }

  const Window& run_;
  Expectation& out_;
  std::size_t upper_at_ = 0;  // where the upper end stands
};

bool holds(Comparison comparison, double left, double right, std::optional<double> upper) {
  switch (comparison) {
    case Comparison::kLess:
      return left < right;
    case Comparison::kAtMost:
      return left <= right;
    case Comparison::kEqual:
      return left == right;
    case Comparison::kNotEqual:
      return left != right;
    case Comparison::kAtLeast:
      return left >= right;
    case Comparison::kGreater:
      return left > right;
    case Comparison::kWithin:
      return right <= left && left <= *upper;
  }
  return false;
}

std::string figure(const Expectation& expectation, double value) {
  if (expectation.percent) return fmt::format("{:.6g}%", value * 100);
  return quantity_text(value, expectation.dimension);
}

/// Why there is nothing to compare.
std::string nothing_of(const Expectation& expectation,
                       std::span<const std::optional<double>> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i])
      return fmt::format("there is no {}: nothing was counted there", expectation.query_texts[i]);
  }
  return "it divides by zero";
}

std::string wanted(const Expectation& expectation, double right, std::optional<double> upper) {
  if (upper)
    return fmt::format("in {}..{}", figure(expectation, right), figure(expectation, *upper));
  for (const auto& [symbol, comparison] : kSymbols) {
    if (comparison == expectation.comparison)
      return fmt::format("{} {}", symbol, figure(expectation, right));
  }
  return {};
}

}  // namespace

Result<Expectation> parse_expectation(std::string_view text, const Window& run) {
  Expectation expectation;
  expectation.text = std::string(text);
  if (text.size() > kLongest) {
    return std::unexpected(Diagnostics({{},
                                        1,
                                        1,
                                        Severity::kError,
                                        fmt::format("longer than {} characters", kLongest),
                                        "split it"}));
  }
  Parser parser(text, run, expectation);
  parser.expectation();
  if (parser.mistake()) return std::unexpected(Diagnostics(*parser.mistake()));
  return expectation;
}

Judgement judge(const Expectation& expectation, std::span<const std::optional<double>> values) {
  const std::optional<double> left = evaluate(expectation.left, values);
  const std::optional<double> right = evaluate(expectation.right, values);
  std::optional<double> upper;
  const bool within = expectation.comparison == Comparison::kWithin;
  if (within) upper = evaluate(expectation.upper, values);
  if (!left || !right || (within && !upper)) return {false, left, nothing_of(expectation, values)};
  if (holds(expectation.comparison, *left, *right, upper)) return {true, left, {}};
  return {false, left,
          fmt::format("is {}, wanted {}", figure(expectation, *left),
                      wanted(expectation, *right, upper))};
}

}  // namespace squall::scenarios
