// Sides: what `--before` and `--after` change of a scenario.
//
// A path holds manifests, which replace those of their kind, namespace and name, and may hold
// fragments of `kind: Scenario`, which are merged into the spec as a test's `override` is. Nothing
// is merged here.
#pragma once
#include <span>
#include <string>

#include "policies/base/result.h"
#include "scenarios/reader.h"

namespace squall::scenarios {

/// What both sides share, with what the paths of one say. Errors: what cannot be read, and
/// fragments that are none.
Result<ReadOptions> read_side(const ReadOptions& shared, std::span<const std::string> paths);

/// What was said of both sides once, the rest with the side that it is of.
Diagnostics of_sides(const Diagnostics& before, const Diagnostics& after);

}  // namespace squall::scenarios
