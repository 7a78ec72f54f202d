// Expectation: what a scenario wants to be true of a run, such as `p99{load="x"}[60s:120s] < 3s`.
//
// `sum CMP sum` or `sum in A..B`, with + - * / and parentheses; a term is a number with its unit,
// metric{labels}[from:to] or a function of one (figures.h). `stuck(...)` stands alone, too. Parsing
// finds the figures; judge.h decides on them. Durations, rates and plain numbers are kept apart:
// `p99 < 3` is a mistake and not 3 s or 3 ms. Cost: linear; at most 4096 characters and parentheses
// 32 deep.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"
#include "scenarios/figures.h"
#include "scenarios/sums.h"

namespace squall::scenarios {

enum class Comparison : std::uint8_t {
  kLess,
  kAtMost,
  kEqual,
  kNotEqual,
  kAtLeast,
  kGreater,
  kWithin
};
/// As it is written; `in` for kWithin.
std::string_view symbol_of(Comparison comparison);
/// `upper`: of kWithin.
bool holds(Comparison comparison, double left, double right, std::optional<double> upper);

/// In how large a share of the runs an expectation shall hold.
struct RunShare {
  Comparison comparison = Comparison::kAtLeast;  // not kWithin
  double share = 1;
};

struct Expectation {
  std::string text;  // as written
  std::string path;  // where it stands, for messages
  config::Place place;
  std::vector<Figure> figures;  // in the order in which they stand
  bool percent = false;         // written with %: figures are shown so
  Comparison comparison = Comparison::kLess;
  Dimension dimension = 0;  // of both sides
  Expression left;
  Expression right;               // kWithin: the lower end
  Expression upper;               // kWithin
  std::optional<RunShare> share;  // absent: it is judged on all runs pooled
};

/// Whether its left side is stuck(...) alone, so that its figure is a yes or a no.
bool is_stuck(const Expectation& expectation);

/// What a scenario says of time: the window of a term that has none, and when it is disturbed.
struct Window {
  Instant from{};
  Instant to{};                                // of the load
  std::optional<Instant> first_fault = {};     // begins
  std::optional<Instant> last_fault_end = {};  // the end of the load, when it lasts
};

/// Errors have line 1 and the column within the text.
Result<Expectation> parse_expectation(std::string_view text, const Window& run);
/// `>= 95%`.
Result<RunShare> parse_run_share(std::string_view text);

}  // namespace squall::scenarios
