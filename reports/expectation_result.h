// ExpectationResult: what an expectation came to, of one run or of several.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "policies/base/time.h"

namespace squall::reports {

struct ExpectationResult {
  std::string text{};
  bool ok = false;
  std::optional<double> value;  // of the left side; where a share is asked for, the share
  std::string why{};            // of a failed one: "is 98.3%, wanted >= 99%"
  std::string figure{};         // the value for people
  std::optional<Instant> wrong_since = {};  // of a failed one, in the first run
  struct Share {
    std::uint64_t held = 0, runs = 0;  // 0 runs: it asks for no share of them
    double low = 0, high = 0;          // the interval of the true share
  } share{};
};

struct RunVerdict {
  std::uint64_t seed = 0;
  std::string verdict{};
};

}  // namespace squall::reports
