// Summary: a report for someone at a terminal.
//
// What is wrong comes first, with its reasons; then expectations, loads, edges, workloads, what
// happened when, notes, and the response flags that occur in words. Tables keep the rows that
// matter (most failures, then most requests) and say how many they left out. The same report gives
// the same text: no clock is read.
#pragma once
#include <string>

#include "reports/report.pb.h"
#include "reports/text.h"

namespace squall::reports {

std::string summary(const RunReport& report, Color color);

/// Of an expectation that failed: "is 98.3%, wanted >= 99%, since 61 s".
std::string why_text(const Expectation& expectation);

}  // namespace squall::reports
