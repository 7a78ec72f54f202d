// The report's JSON Schema (draft-07), made from the message itself, so that it cannot lag behind.
#pragma once
#include <string>

namespace squall::reports {

std::string report_schema();

}  // namespace squall::reports
