// Diff text: a DiffReport for someone at a terminal.
//
// The verdict first, then what was changed, the figures that differ, and requests whose fate
// changed with the decision that made it so. Figures that are the same are only counted. The same
// report gives the same text: no clock is read.
#pragma once
#include <string>

#include "reports/diff_report.pb.h"
#include "reports/text.h"

namespace squall::reports {

std::string diff_summary(const DiffReport& report, Color color);

}  // namespace squall::reports
