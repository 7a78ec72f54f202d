// Pooling: the figures of several seeds as one, and figures as a report.
//
// Counts, areas and histograms add, so a pooled p99 is that of all requests and not a mean of
// percentiles. Ejections of endpoints and the timeline are stories of one run: those of the first
// are kept. Cost: linear in the histograms; 5,000 additions for each edge and workload.
#pragma once
#include "reports/report.pb.h"
#include "reports/run_data.h"

namespace squall::reports {

inline constexpr std::uint32_t kSchemaVersion = 1;

/// Adds another run of the same scenario. Expectations are not touched: they are judged on the
/// merged answers.
void merge(RunData& into, const RunData& other);

/// "fail" when an expectation does not hold, "interrupted" when the run was cut short, else "pass".
std::string verdict_of(const RunData& data);

RunReport to_report(const RunData& data);

}  // namespace squall::reports
