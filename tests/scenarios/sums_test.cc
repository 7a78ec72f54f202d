#include "scenarios/sums.h"

#include <gtest/gtest.h>

#include <array>

namespace squall::scenarios {
namespace {

/// Sums of numbers, and of names that are the values 0, 1, ...
class Parser : public SumParser {
 public:
  using SumParser::SumParser;
  bool whole() { return at_end(); }

 protected:
  std::optional<Part> named(std::string_view, std::size_t, Expression& out) override {
    out.push_back({.op = Term::Op::kValue, .value = values_++});
    return Part{0, false};
  }

 private:
  std::uint32_t values_ = 0;
};

std::optional<double> value_of(std::string_view text,
                               std::span<const std::optional<double>> values = {}) {
  Parser parser(text);
  Expression expression;
  if (!parser.sum(expression) || !parser.whole()) return std::nullopt;
  return evaluate(expression, values);
}

std::string mistake_of(std::string_view text) {
  Parser parser(text);
  Expression expression;
  (void)parser.sum(expression);
  return parser.mistake() ? std::to_string(parser.mistake()->column) + ": " + parser.mistake()->what
                          : "none";
}

TEST(Sums, ProductsBindStrongerAndEqualsFromTheLeft) {
  EXPECT_EQ(value_of("1 + 2 * 3"), 7);
  EXPECT_EQ(value_of("(1 + 2) * 3"), 9);
  EXPECT_EQ(value_of("8 - 4 - 2"), 2);
  EXPECT_EQ(value_of("8 / 4 / 2"), 1);
  EXPECT_EQ(value_of("-2 * -3"), 6);
  EXPECT_EQ(value_of("2 - -1"), 3);
}

TEST(Sums, UnitsAreSecondsAndPerSecond) {
  EXPECT_DOUBLE_EQ(*value_of("1m30s"), 90);
  EXPECT_DOUBLE_EQ(*value_of("250ms + 1.5s"), 1.75);
  EXPECT_DOUBLE_EQ(*value_of("90/m"), 1.5);
  EXPECT_DOUBLE_EQ(*value_of("5%"), 0.05);
  EXPECT_DOUBLE_EQ(*value_of("10ms * 300/s"), 3);
  EXPECT_DOUBLE_EQ(*value_of("1e3"), 1000);
}

TEST(Sums, KindsThatDoNotGoTogetherAreAMistakeAtTheOperator) {
  EXPECT_EQ(mistake_of("3s + 5"), "4: cannot add a duration and a plain number");
  EXPECT_EQ(mistake_of("3s - 5/s"), "4: cannot subtract a duration and a rate");
  EXPECT_EQ(mistake_of("3s + 0"), "none");
  EXPECT_EQ(mistake_of("3/s + 5"), "none") << "a plain number may stand for a rate";
}

TEST(Sums, DivisionByZeroAndWhatIsNoFigureHaveNoValue) {
  EXPECT_EQ(value_of("1 / 0"), std::nullopt);
  EXPECT_EQ(value_of("1e300 * 1e300"), std::nullopt);
  const std::array<std::optional<double>, 2> values = {5, std::nullopt};
  EXPECT_EQ(value_of("a + 1", values), 6);
  EXPECT_EQ(value_of("a + b", values), std::nullopt);
}

TEST(Sums, TheFirstMistakeIsSaidWithItsColumn) {
  EXPECT_EQ(mistake_of("1 + "), "5: expected a number, a name or \"(\", got the end");
  EXPECT_EQ(mistake_of("1 + )"), "5: expected a number, a name or \"(\", got \")\"");
  EXPECT_EQ(mistake_of("(1"), "3: expected \")\", got the end");
  EXPECT_EQ(mistake_of("3parsecs"), "1: \"3parsecs\" has no unit that is known here");
  EXPECT_EQ(mistake_of("1e999"), "1: 1e999 is out of range");
}

TEST(Sums, NestingHasALimit) {
  EXPECT_EQ(value_of(std::string(31, '(') + "1" + std::string(31, ')')), 1);
  EXPECT_EQ(mistake_of(std::string(100'000, '(')), "33: nested deeper than 32");
  EXPECT_EQ(mistake_of(std::string(100'000, '-')), "33: nested deeper than 32");
}

TEST(Sums, FiguresForPeopleHaveTheirUnit) {
  EXPECT_EQ(quantity_text(3.2, 1), "3.2s");
  EXPECT_EQ(quantity_text(0.0000015, 1), "2us");
  EXPECT_EQ(quantity_text(199.5, -1), "199.5/s");
  EXPECT_EQ(quantity_text(0.9973, 0), "0.9973");
}

TEST(Sums, ListsReadAsPeopleWriteThem) {
  const std::array<std::string_view, 3> names = {"a", "b", "c"};
  EXPECT_EQ(list_of(names), "a, b and c");
  EXPECT_EQ(list_of(std::span(names).first(1)), "a");
  EXPECT_EQ(list_of(std::span(names).first(2), "or"), "a or b");
  const std::vector<std::string_view> many(1000, "x");
  EXPECT_TRUE(list_of(many).ends_with("x, x and 960 more"));
}

}  // namespace
}  // namespace squall::scenarios
