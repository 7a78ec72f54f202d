#include "scenarios/remarks.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::scenarios {
namespace {

/// Requests arrived at the load in that time, and none of them succeeded.
bool all_failed(const reports::Series& series, Instant from, Instant to) {
  std::uint64_t requests = 0;
  for (std::size_t i = 0; i < series.steps(); ++i) {
    const Instant begins(series.step() * static_cast<std::int64_t>(i));
    if (begins + series.step() <= from || begins >= to || series.requests(i) == 0) continue;
    if (series.success_ratio(i) > 0) return false;
    requests += series.requests(i);
  }
  return requests > 0;
}

}  // namespace

std::vector<std::string> remarks_on(const Expectation& expectation, const reports::RunData& data) {
  std::vector<std::string> remarks;
  for (std::size_t i = 0; i < expectation.queries.size(); ++i) {
    const reports::Query& query = expectation.queries[i];
    const bool latency = reports::kind_of(query.metric) == reports::MetricKind::kLatency;
    if (!latency || query.labels.size() != 1 || query.labels.front().first != "load") continue;
    const auto load =
        std::ranges::find(data.loads, query.labels.front().second, &reports::LoadData::name);
    if (load == data.loads.end() || !all_failed(load->series, query.from, query.to)) continue;
    remarks.push_back(fmt::format("{} is the latency of failures: no request of it succeeded",
                                  expectation.query_texts[i]));
  }
  return remarks;
}

}  // namespace squall::scenarios
