// The test file's JSON Schema (draft-07), for editors that complete and check while one writes.
#pragma once
#include <string_view>

namespace squall::cli {

extern const std::string_view kTestSchema;

}  // namespace squall::cli
