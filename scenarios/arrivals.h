// Arrivals: when the requests of a load come, from a file of comma-separated values.
//
// Its first line names the columns: `at` in seconds, and if it likes `operation` (of the load's
// mix) and `key`; a line follows for each request, in order. A field may stand in quotes, without
// any within. Not here: what is drawn where a line leaves a field empty. Cost: linear; 16 bytes an
// arrival.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/result.h"
#include "scenarios/load_model.h"

namespace squall::scenarios {

/// Errors: all that is wrong with the text, by line and column; `file` is what they name.
Result<std::vector<Arrival>> parse_arrivals(std::string_view text, const std::string& file,
                                            std::span<const LoadOperation> operations);

}  // namespace squall::scenarios
