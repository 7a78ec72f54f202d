// TestReport: what tests found, and as text for a terminal.
//
// A test that failed carries what stands out in its run and what happened when; one that passed
// only its figures. The same report gives the same text: no clock is read.
#pragma once
#include <string>

#include "reports/report.pb.h"
#include "reports/test_report.pb.h"
#include "reports/text.h"

namespace squall::reports {

inline constexpr std::uint32_t kTestSchemaVersion = 1;

/// Sets verdict, figures, findings and timeline from the report of the test's runs.
void put_run(const RunReport& run, TestResult& out);

/// Counts the results and sets the verdict: error before fail before pass.
void finish(TestReport& report);

/// `threshold of q: 60 (EXPECTATION holds above it: at 61, not at 59; ...)`.
std::string threshold_text(const Threshold& threshold);

/// Both together: as each test becomes known, and when all are.
std::string test_summary(const TestReport& report, Color color);
std::string test_text(const TestResult& test, Color color);
std::string counts_text(const TestReport& report, Color color);

}  // namespace squall::reports
