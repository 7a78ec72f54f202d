// Expectation: what a scenario wants to be true of a run, such as `p99{load="x"}[60s:120s] < 3s`.
//
// `sum CMP sum` or `sum in A..B`, with + - * / and parentheses; a term is a number with its unit or
// metric{labels}[from:to]. Parsing finds the queries; the run's report answers them; judge()
// decides. Durations, rates and plain numbers are kept apart: `p99 < 3` is a mistake and not 3 s or
// 3 ms. Cost: linear; at most 4096 characters and parentheses 32 deep.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"
#include "reports/query.h"
#include "scenarios/sums.h"

namespace squall::scenarios {

struct Expectation {
  enum class Comparison : std::uint8_t {
    kLess,
    kAtMost,
    kEqual,
    kNotEqual,
    kAtLeast,
    kGreater,
    kWithin
  };
  std::string text;  // as written
  std::string path;  // where it stands, for messages
  config::Place place;
  std::vector<reports::Query> queries;  // in the order in which they stand
  std::vector<std::string> query_texts;
  bool percent = false;  // written with %: figures are shown so
  Comparison comparison = Comparison::kLess;
  Dimension dimension = 0;  // of both sides
  Expression left;
  Expression right;  // kWithin: the lower end
  Expression upper;  // kWithin
};

/// Where the figures of a run lie: a term without a window, and the open ends of one.
struct Window {
  Instant from{};
  Instant to{};
};

/// Errors have line 1 and the column within the text.
Result<Expectation> parse_expectation(std::string_view text, const Window& run);

struct Judgement {
  bool ok = false;
  std::optional<double> value;  // of the left side
  std::string text;             // why it failed, for people: "98.3%, wanted >= 99%"; empty when ok
};
/// `values` are the answers to the queries; none: a figure of nothing, which no expectation holds
/// for.
Judgement judge(const Expectation& expectation, std::span<const std::optional<double>> values);

}  // namespace squall::scenarios
