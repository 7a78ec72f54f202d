#include "scenarios/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/figure_parser.h"
#include "scenarios/subjects.h"

namespace squall::scenarios {
namespace {

using reports::Metric;

constexpr std::size_t kLongest = 4096;

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

/// The symbol that stands at the text's begin.
std::optional<std::pair<std::string_view, Comparison>> symbol_at(std::string_view text) {
  for (const auto& one : kSymbols) {
    if (text.starts_with(one.first)) return one;
  }
  return std::nullopt;
}

/// Never above 1.
bool is_share(const Figure& figure) {
  const bool of_time =
      figure.function == Function::kRecoveryTime || figure.function == Function::kStuck;
  const Metric metric = figure.query.metric;
  return !of_time && (metric == Metric::kSuccess || metric == Metric::kUtilization);
}

class Parser : public FigureParser {
 public:
  Parser(std::string_view text, const Window& run, Expectation& out)
      : FigureParser(text, run, out.figures), out_(out) {}

  void expectation() {
    skip_blanks();
    const std::size_t start = position_;
    const std::optional<Part> left = sum(out_.left);
    if (!left) return;
    skip_blanks();
    if (at_end() && is_stuck(out_)) {
      out_.comparison = Comparison::kEqual;
      out_.right = {{.number = 1}};
      return;
    }
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
    if (!tells_stuck(right_at)) return;
    out_.dimension = left->zero ? both->dimension : left->dimension;
    out_.percent = percent_ && out_.dimension == 0;
    if (!at_end()) {
      fail(position_, fmt::format("expected the end, got {}", found()),
           "write each condition as an expectation of its own");
    }
    if (out_.figures.empty())
      fail(0, "names no metric, so no run can make it true or false",
           "metrics are " + list_of(metric_names()));
  }

 private:
  bool comparison() {
    if (const auto symbol = symbol_at(text_.substr(position_))) {
      position_ += symbol->first.size();
      out_.comparison = symbol->second;
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
    const bool compares_one = share.size() == 1 && share[0].op == Term::Op::kValue &&
                              number.size() == 1 && number[0].op == Term::Op::kNumber;
    if (!compares_one || !is_share(out_.figures[share[0].value])) return true;
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
                     reports::name_of(out_.figures[share[0].value].query.metric)),
         std::move(advice));
    return false;
  }

  /// stuck(M) is 1 or 0: what is true of both, or of none, asks nothing.
  bool tells_stuck(std::size_t at) {
    if (!is_stuck(out_)) return true;
    const std::vector<std::optional<double>> unknown(out_.figures.size());
    const std::optional<double> right = evaluate(out_.right, unknown);
    std::optional<double> upper;
    if (out_.comparison == Comparison::kWithin) upper = evaluate(out_.upper, unknown);
    if (!right || (out_.comparison == Comparison::kWithin && !upper)) return true;
    const auto of = [&](double value) { return holds(out_.comparison, value, *right, upper); };
    if (of(0) != of(1)) return true;
    fail(at, fmt::format("stuck is 1 or 0, so this is {} true", of(0) ? "always" : "never"),
         "write stuck(M) where it shall be stuck, or stuck(M) == 0");
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

  Expectation& out_;
  std::size_t upper_at_ = 0;  // where the upper end stands
};

/// `>= 95%`
class ShareParser : public SumParser {
 public:
  explicit ShareParser(std::string_view text) : SumParser(text) {}

  RunShare share() {
    RunShare out;
    constexpr std::string_view kAdvice = "write a share of the runs, as in >= 95%";
    skip_blanks();
    const auto symbol = symbol_at(text_.substr(position_));
    if (!symbol) {
      fail(position_, fmt::format("expected a comparison, got {}", found()), std::string(kAdvice));
      return out;
    }
    out.comparison = symbol->second;
    position_ += symbol->first.size();
    skip_blanks();
    const std::size_t at = position_;
    Expression expression;
    const std::optional<Part> part = number(expression);
    if (!part) return out;
    out.share = expression.front().number;
    if (part->dimension != 0 || out.share > 1)
      fail(at,
           fmt::format("expected a share of at most 100%, got \"{}\"",
                       text_.substr(at, position_ - at)),
           std::string(kAdvice));
    if (!at_end())
      fail(position_, fmt::format("expected the end, got {}", found()), std::string(kAdvice));
    return out;
  }

 protected:
  std::optional<Part> named(std::string_view, std::size_t at, Expression&) override {
    return fail(at, "expected a number");
  }
};

}  // namespace

std::string_view symbol_of(Comparison comparison) {
  const auto* const found =
      std::ranges::find(kSymbols, comparison, [](const auto& one) { return one.second; });
  return found == kSymbols.end() ? "in" : found->first;
}

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

bool is_stuck(const Expectation& expectation) {
  return expectation.left.size() == 1 && expectation.left[0].op == Term::Op::kValue &&
         expectation.figures[expectation.left[0].value].function == Function::kStuck;
}

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

Result<RunShare> parse_run_share(std::string_view text) {
  ShareParser parser(text);
  const RunShare share = parser.share();
  if (parser.mistake()) return std::unexpected(Diagnostics(*parser.mistake()));
  return share;
}

}  // namespace squall::scenarios
