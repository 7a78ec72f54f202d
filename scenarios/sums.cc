#include "scenarios/sums.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "config/value.h"
#include "policies/base/time.h"

namespace squall::scenarios {
namespace {

constexpr int kDeepest = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
/// Bytes of a word, "µ" included.
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

/// The length of digits [. digits] [e digits] at the start; "1..2" gives 1.
std::size_t number_length(std::string_view s) {
  std::size_t i = 0;
  const auto digits = [&](std::size_t from) {
    std::size_t j = from;
    while (j < s.size() && is_digit(s[j])) ++j;
    return j;
  };
  i = digits(0);
  if (i < s.size() && s[i] == '.' && digits(i + 1) > i + 1) i = digits(i + 1);
  if (i < s.size() && s[i] == 'e') {
    std::size_t j = i + 1;
    if (j < s.size() && (s[j] == '-' || s[j] == '+')) ++j;
    if (digits(j) > j) i = digits(j);
  }
  return i;
}

const char* kind_text(Dimension dimension) {
  switch (dimension) {
    case 1:
      return "a duration";
    case 0:
      return "a plain number";
    case -1:
      return "a rate";
    default:
      return "a power of time";
  }
}

}  // namespace

std::optional<double> evaluate(const Expression& expression,
                               std::span<const std::optional<double>> values) {
  std::vector<double> stack;
  const auto pop = [&] {
    const double top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const Term& term : expression) {
    switch (term.op) {
      case Term::Op::kNumber:
        stack.push_back(term.number);
        continue;
      case Term::Op::kValue:
        if (!values[term.value]) return std::nullopt;
        stack.push_back(*values[term.value]);
        continue;
      case Term::Op::kNegate:
        stack.back() = -stack.back();
        continue;
      default:
        break;
    }
    const double right = pop();
    const double left = pop();
    switch (term.op) {
      case Term::Op::kAdd:
        stack.push_back(left + right);
        break;
      case Term::Op::kSubtract:
        stack.push_back(left - right);
        break;
      case Term::Op::kMultiply:
        stack.push_back(left * right);
        break;
      default:
        stack.push_back(left / right);
        break;
    }
    // What never happens is infinite, and so is what is made of it.
    const bool endless = std::isinf(left) || std::isinf(right);
    if (endless ? std::isnan(stack.back()) : !std::isfinite(stack.back())) return std::nullopt;
  }
  return stack.back();
}

std::string quantity_text(double value, Dimension dimension) {
  if (dimension == 1 && std::fabs(value) < 1e8) {
    const double micros = std::floor(value * 1e6 + 0.5);
    return to_string(Duration(static_cast<std::int64_t>(micros) * 1000));
  }
  if (dimension == -1) return fmt::format("{:.6g}/s", value);
  return fmt::format("{:.6g}", value);
}

std::string list_of(std::span<const std::string_view> names, std::string_view last) {
  constexpr std::size_t kMostListed = 40;
  if (names.size() > kMostListed + 1) {
    std::vector<std::string_view> first(names.begin(), names.begin() + kMostListed);
    const std::string more = fmt::format("{} more", names.size() - kMostListed);
    first.push_back(more);
    return list_of(first, last);
  }
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? fmt::format(" {} ", last) : ", ";
    out += names[i];
  }
  return out;
}

std::string name_advice(std::string_view wrong, std::span<const std::string_view> names,
                        std::string_view listed) {
  if (const auto near = config::nearest(wrong, names))
    return fmt::format("did you mean \"{}\"?", *near);
  return fmt::format("{} {}", listed, list_of(names));
}

void SumParser::skip_blanks() {
  while (position_ < text_.size() &&
         (text_[position_] == ' ' || text_[position_] == '\t' || text_[position_] == '\n')) {
    ++position_;
  }
}

bool SumParser::at_end() {
  skip_blanks();
  return position_ == text_.size();
}

bool SumParser::take(std::string_view symbol) {
  skip_blanks();
  if (!text_.substr(position_).starts_with(symbol)) return false;
  position_ += symbol.size();
  return true;
}

std::string_view SumParser::take_name() {
  skip_blanks();
  const std::size_t start = position_;
  if (start < text_.size() && is_letter(text_[start])) {
    while (position_ < text_.size() && (is_letter(text_[position_]) || is_digit(text_[position_])))
      ++position_;
  }
  return text_.substr(start, position_ - start);
}

std::nullopt_t SumParser::fail(std::size_t at, std::string what, std::string advice) {
  if (!mistake_) {
    mistake_ = Diagnostic{
        {}, 1, static_cast<int>(at) + 1, Severity::kError, std::move(what), std::move(advice)};
  }
  return std::nullopt;
}

std::string SumParser::found() const {
  if (position_ >= text_.size()) return "the end";
  std::size_t end = position_;
  while (end < text_.size() && is_word(text_[end])) ++end;
  if (end == position_) ++end;
  return fmt::format("\"{}\"", text_.substr(position_, end - position_));
}

std::optional<SumParser::Part> SumParser::joined(Part a, Part b, std::size_t at,
                                                 std::string_view verb) {
  const auto plain_rate = [](Part x, Part y) { return x.dimension == -1 && y.dimension == 0; };
  if (a.dimension == b.dimension) return Part{a.dimension, a.zero && b.zero};
  if (a.zero || plain_rate(b, a)) return Part{b.dimension, false};
  if (b.zero || plain_rate(a, b)) return Part{a.dimension, false};
  std::string advice;
  if (a.dimension == 1 || b.dimension == 1)
    advice = "write durations with a unit, such as 250ms or 3s";
  return fail(
      at, fmt::format("cannot {} {} and {}", verb, kind_text(a.dimension), kind_text(b.dimension)),
      std::move(advice));
}

std::optional<SumParser::Part> SumParser::sum(Expression& out) {
  std::optional<Part> part = product(out);
  while (part && !at_end()) {
    const std::size_t at = position_;
    const bool plus = text_[at] == '+';
    if (!plus && text_[at] != '-') break;
    ++position_;
    const std::optional<Part> next = product(out);
    if (!next) return std::nullopt;
    part = joined(*part, *next, at, plus ? "add" : "subtract");
    out.push_back({.op = plus ? Term::Op::kAdd : Term::Op::kSubtract});
  }
  return part;
}

std::optional<SumParser::Part> SumParser::product(Expression& out) {
  std::optional<Part> part = factor(out);
  while (part && !at_end()) {
    const char symbol = text_[position_];
    if (symbol != '*' && symbol != '/') break;
    ++position_;
    const std::optional<Part> next = factor(out);
    if (!next) return std::nullopt;
    const bool times = symbol == '*';
    part =
        Part{times ? part->dimension + next->dimension : part->dimension - next->dimension, false};
    out.push_back({.op = times ? Term::Op::kMultiply : Term::Op::kDivide});
  }
  return part;
}

std::optional<SumParser::Part> SumParser::factor(Expression& out) {
  skip_blanks();
  const std::size_t at = position_;
  if (depth_ == kDeepest)
    return fail(at, fmt::format("nested deeper than {}", kDeepest), "write it simpler");
  ++depth_;
  std::optional<Part> part;
  if (take("-")) {
    part = factor(out);
    out.push_back({.op = Term::Op::kNegate});
  } else if (take("(")) {
    part = sum(out);
    if (part && !take(")")) {
      part = fail(position_, fmt::format("expected \")\", got {}", found()),
                  "parentheses stand around a sum, not around a comparison");
    }
  } else if (at < text_.size() && is_digit(text_[at])) {
    part = number(out);
  } else if (const std::string_view name = take_name(); !name.empty()) {
    part = named(name, at, out);
  } else {
    part = fail(at, fmt::format("expected a number, a name or \"(\", got {}", found()));
  }
  --depth_;
  return part;
}

std::optional<SumParser::Part> SumParser::number(Expression& out) {
  skip_blanks();
  const std::size_t start = position_;
  const std::size_t length = number_length(text_.substr(start));
  if (length == 0) return fail(start, fmt::format("expected a number, got {}", found()));
  double value = 0;
  const auto [end, code] =
      std::from_chars(text_.data() + start, text_.data() + start + length, value);
  if (code != std::errc{})
    return fail(start, fmt::format("{} is out of range", text_.substr(start, length)));
  position_ = start + length;
  return with_unit(start, value, out);
}

std::optional<SumParser::Part> SumParser::with_unit(std::size_t start, double value,
                                                    Expression& out) {
  const std::string_view rest = text_.substr(position_);
  const auto push = [&](double number, Dimension dimension) {
    out.push_back({.number = number});
    return Part{dimension, dimension == 0 && number == 0};
  };
  if (rest.starts_with('%')) {
    ++position_;
    percent_ = true;
    return push(value / 100, 0);
  }
  if (rest.size() >= 2 && rest[0] == '/' &&
      (rest.size() == 2 || !(is_word(rest[2]) || rest[2] == '{'))) {
    const double seconds = rest[1] == 's' ? 1 : rest[1] == 'm' ? 60 : rest[1] == 'h' ? 3600 : 0;
    if (seconds > 0) {
      position_ += 2;
      return push(value / seconds, -1);
    }
  }
  if (rest.empty() || !is_word(rest[0])) return push(value, 0);
  std::size_t end = position_;  // "1m30s", "1.5s": letters, digits and dots between digits
  while (end < text_.size() &&
         (is_word(text_[end]) ||
          (text_[end] == '.' && end + 1 < text_.size() && is_digit(text_[end + 1]))))
    ++end;
  const std::string_view word = text_.substr(start, end - start);
  const std::optional<Duration> duration = parse_duration(word);
  if (!duration) {
    return fail(start, fmt::format("\"{}\" has no unit that is known here", word),
                "units are %, ns, us, ms, s, m, h, /s, /m and /h");
  }
  position_ = end;
  return push(to_seconds(*duration), 1);
}

}  // namespace squall::scenarios
