// Among: the one scenario among files and folders, with the manifests that lie there.
//
// A path is a file or a folder; a file with a document of kind Scenario is the scenario, all others
// are manifests, as if they were named after those of spec.manifests. Cost: each file is read
// twice.
#pragma once
#include <string>
#include <vector>

#include "scenarios/model.h"
#include "scenarios/reader.h"

namespace squall::scenarios {

/// "-" is a scenario on standard input. Without any Scenario it is one that has only the manifests,
/// with a warning. Errors: more than one; as of reader.h.
Result<Scenario> load_among(const std::vector<std::string>& paths, ReadOptions options);

}  // namespace squall::scenarios
