// Figure: one term of an expectation, and how its number comes out of a run's answers.
//
// A plain figure is one query's. The functions look at a query step by step: peak and low take its
// highest and lowest step; recovery_time and stuck compare what follows a disturbance with base,
// the figure before it. What chance does to counts is allowed for: a window is below a level only
// when it is so by more than three standard deviations (Poisson for rates, binomial for shares).
// Cost: linear in the steps, times the steps of a window.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/query.h"

namespace squall::scenarios {

enum class Function : std::uint8_t { kPlain, kPeak, kLow, kBase, kRecoveryTime, kStuck };

/// The step of recovery_time and stuck, and of peak and low where none is written.
inline constexpr Duration kStep = std::chrono::seconds(1);

struct Figure {
  Function function = Function::kPlain;
  std::string text{};                       // as written
  reports::Query query{};                   // plain and base: one window; else in steps
  std::optional<reports::Query> base = {};  // kRecoveryTime, kStuck: before the disturbance
  double level = 0;                         // the same: a share of base
  Duration over{};                          // kRecoveryTime: the length of a window, whole steps

  /// How many queries it asks: `query`, then `base`.
  std::size_t queries() const { return base ? 2 : 1; }
};

/// None: nothing was counted there, or base is 0. kRecoveryTime: in seconds from the query's begin,
/// infinite when the level is not reached to stay; kStuck: 1 or 0. `answers`: to its queries.
std::optional<double> value_of(const Figure& figure, std::span<const reports::Answer> answers);

}  // namespace squall::scenarios
