// Sums: + - * / and parentheses over numbers with units and names, as parameters and expectations
// have them.
//
// A parser turns text into postfix terms and keeps count of units: durations (in seconds), rates
// (per second) and plain numbers. Adding or comparing two kinds is an error; a plain number may
// stand for a rate, and 0 for anything. What a name means is the derived class's business. Cost:
// linear; parentheses and signs at most 32 deep. The first mistake ends the parsing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/result.h"

namespace squall::scenarios {

/// One step of an expression in postfix order.
struct Term {
  enum class Op : std::uint8_t { kNumber, kValue, kAdd, kSubtract, kMultiply, kDivide, kNegate };
  Op op = Op::kNumber;
  double number = 0;        // kNumber: in seconds, per second, or plain
  std::uint32_t value = 0;  // kValue: which one
};
using Expression = std::vector<Term>;

/// Powers of time: a duration is 1, a rate -1, anything else 0.
using Dimension = int;

/// None when a value that it needs is none, or it divides by zero, or leaves the range of numbers.
std::optional<double> evaluate(const Expression& expression,
                               std::span<const std::optional<double>> values);

/// "3.2s", "199.5/s", "0.9973": for people; durations to a microsecond, others to 6 digits.
std::string quantity_text(double value, Dimension dimension);

class SumParser {
 public:
  struct Part {
    Dimension dimension = 0;
    bool zero = false;  // a plain 0, which goes with any unit
  };

  explicit SumParser(std::string_view text) : text_(text) {}
  SumParser(const SumParser&) = delete;
  SumParser& operator=(const SumParser&) = delete;
  virtual ~SumParser() = default;

  std::optional<Part> sum(Expression& out);
  /// The first mistake; its column counts from 1 in the text.
  const std::optional<Diagnostic>& mistake() const { return mistake_; }

 protected:
  /// A name that begins at `at` has been read; reads what belongs to it. Null after fail().
  virtual std::optional<Part> named(std::string_view name, std::size_t at, Expression& out) = 0;

  void skip_blanks();
  bool at_end();
  /// Reads it, when it is next.
  bool take(std::string_view symbol);
  std::string_view take_name();
  std::optional<Part> number(Expression& out);
  std::nullopt_t fail(std::size_t at, std::string what, std::string advice = {});
  /// What stands at the position, for messages: `"abc"` or `the end`.
  std::string found() const;
  std::optional<Part> joined(Part a, Part b, std::size_t at, std::string_view verb);

  std::string_view text_;
  std::size_t position_ = 0;
  bool percent_ = false;  // a number in percent was read

 private:
  std::optional<Part> product(Expression& out);
  std::optional<Part> factor(Expression& out);
  std::optional<Part> with_unit(std::size_t start, double value, Expression& out);

  int depth_ = 0;
  std::optional<Diagnostic> mistake_;
};

/// "a, b and c".
std::string list_of(std::span<const std::string_view> names, std::string_view last = "and");
/// `did you mean "NAME"?`, or else `LISTED are a, b and c`.
std::string name_advice(std::string_view wrong, std::span<const std::string_view> names,
                        std::string_view listed);

}  // namespace squall::scenarios
