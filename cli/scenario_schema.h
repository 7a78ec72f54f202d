// The scenario file's JSON Schema (draft-07), for editors that complete and check while one writes.
#pragma once
#include <string_view>

namespace squall::cli {

/// What this version can simulate. `squall run` knows more rules than a schema can say.
extern const std::string_view kScenarioSchema;

}  // namespace squall::cli
