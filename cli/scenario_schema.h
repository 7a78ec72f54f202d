// The scenario file's JSON Schema (draft-07), for editors that complete and check while one writes.
#pragma once
#include <string>
#include <string_view>

namespace squall::cli {

/// What this version can simulate. `squall run` knows more rules than a schema can say.
std::string scenario_schema();

/// Parts of it: the definitions of values, of what a request has done for it, of what happens.
extern const std::string_view kScenarioValues, kScenarioSteps, kScenarioEvents, kScenarioFaults;
/// And those of loads and of applications' client libraries.
extern const std::string_view kScenarioLoads, kScenarioClient;

}  // namespace squall::cli
