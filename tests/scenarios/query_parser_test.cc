#include "scenarios/query_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;
using reports::Metric;

/// Sums of queries.
class Queries : public QueryParser {
 public:
  explicit Queries(std::string_view text) : QueryParser(text, {Instant(20s), Instant(180s)}) {}

  std::vector<reports::Query> queries;
  std::vector<std::string> texts;
  std::vector<bool> windows;

 protected:
  std::optional<Part> named(std::string_view name, std::size_t at, Expression& out) override {
    std::optional<reports::Query> query = this->query(name, at);
    if (!query) return std::nullopt;
    out.push_back({.op = Term::Op::kValue, .value = 0});
    texts.push_back(written_from(at));
    windows.push_back(has_window());
    queries.push_back(*std::move(query));
    return Part{dimension_of(queries.back().metric), false};
  }
};

TEST(QueryParser, AQueryHasItsTextAndWhetherItsWindowWasWritten) {
  Queries parser(R"(rate{load="a"}[60s:] + rate  + goodput[:1m])");
  Expression out;
  ASSERT_TRUE(parser.sum(out));
  EXPECT_EQ(parser.texts,
            (std::vector<std::string>{R"(rate{load="a"}[60s:])", "rate", "goodput[:1m]"}));
  EXPECT_EQ(parser.windows, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(parser.queries[0].from, Instant(60s));
  EXPECT_EQ(parser.queries[0].to, Instant(180s));
  EXPECT_EQ(parser.queries[2].from, Instant(20s));
  EXPECT_EQ(parser.queries[2].to, Instant(60s));
}

TEST(QueryParser, MetricsHaveTheirDimensions) {
  EXPECT_EQ(dimension_of(Metric::kP99), 1);
  EXPECT_EQ(dimension_of(Metric::kWastedS), 1);
  EXPECT_EQ(dimension_of(Metric::kGoodput), -1);
  EXPECT_EQ(dimension_of(Metric::kSuccess), 0);
  EXPECT_EQ(dimension_of(Metric::kRequests), 0);
}

}  // namespace
}  // namespace squall::scenarios
