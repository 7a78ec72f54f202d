// JSON Schemas of reports (draft-07), made from the messages themselves, so that they cannot lag
// behind.
#pragma once
#include <string>

namespace squall::reports {

/// Of RunReport and of DiffReport.
std::string report_schema();
std::string diff_schema();

}  // namespace squall::reports
