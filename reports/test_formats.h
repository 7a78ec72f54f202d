// Test formats: a TestReport as CI systems read it.
//
// JUnit's XML has a testsuite a file, a testcase a test, and failure or error with what was got
// and wanted; times of the wall are in none of it. GitHub's are workflow commands: an error for
// each test that did not pass, a warning for what stands out in one that did, a notice for each
// threshold that was found. Texts are escaped as each format asks; characters that XML cannot hold
// become U+FFFD. Cost: linear.
#pragma once
#include <string>

#include "reports/test_report.pb.h"

namespace squall::reports {

std::string to_junit(const TestReport& report);

/// Empty when all passed, nothing stands out and none found a threshold.
std::string to_github(const TestReport& report);
std::string to_github(const TestResult& test);

}  // namespace squall::reports
