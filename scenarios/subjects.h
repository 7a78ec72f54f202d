// Subjects: whose figure a query is, and by which labels it may be told apart.
//
// One table says of each metric of what it is counted: of loads, of calls (as the caller's sidecar
// saw them), or of workloads and their pods. Labels that a subject does not have are a mistake, so
// no query is answered with a part of what it asks for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/query.h"

namespace squall::scenarios {

enum class Subject : std::uint8_t { kLoads, kCalls, kWorkloads };

/// By its labels; without any of a subject's own, what the metric means by itself.
Subject subject_of(const reports::Query& query);

/// Of all metrics.
std::span<const std::string_view> metric_names();

struct LabelMistake {
  std::size_t label = 0;  // which of the query's
  bool of_value = false;  // else of its key
  std::string what, advice;
};
/// Of a metric that is measured: labels that do not go together, and values that no scenario has.
std::optional<LabelMistake> label_mistake(const reports::Query& query);

}  // namespace squall::scenarios
