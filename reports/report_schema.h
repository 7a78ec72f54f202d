// JSON Schemas of reports (draft-07), made from the messages themselves, so that they cannot lag
// behind.
#pragma once
#include <string>

namespace squall::reports {

/// Of RunReport, DiffReport and TestReport.
std::string report_schema();
std::string diff_schema();
std::string test_report_schema();

}  // namespace squall::reports
