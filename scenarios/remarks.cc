#include "scenarios/remarks.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.h"

namespace squall::scenarios {
namespace {

struct Arrived {
  std::uint64_t requests = 0, unanswered = 0;
  bool all_failed = true;
};

/// What became of the requests that arrived at the load in that time.
Arrived arrived(const reports::Series& series, Instant from, Instant to) {
  Arrived sum;
  for (std::size_t i = 0; i < series.steps(); ++i) {
    const Instant begins(series.step() * static_cast<std::int64_t>(i));
    if (begins + series.step() <= from || begins >= to || series.requests(i) == 0) continue;
    sum.requests += series.requests(i);
    sum.unanswered += series.unanswered(i);
    sum.all_failed = sum.all_failed && series.success_ratio(i) == 0;
  }
  return sum;
}

}  // namespace

std::vector<std::string> remarks_on(const Expectation& expectation, const reports::RunData& data) {
  std::vector<std::string> remarks;
  for (const Figure& figure : expectation.figures) {
    const reports::Query& query = figure.query;
    const bool latency = reports::kind_of(query.metric) == reports::MetricKind::kLatency;
    if (!latency || query.labels.size() != 1 || query.labels.front().first != "load") continue;
    const auto load =
        std::ranges::find(data.loads, query.labels.front().second, &reports::LoadData::name);
    if (load == data.loads.end()) continue;
    const Arrived sum = arrived(load->series, query.from, query.to);
    if (sum.unanswered > 0) {
      remarks.push_back(
          fmt::format("{} is the latency of those that were answered: {} of {} never were",
                      figure.text, sum.unanswered, reports::counted(sum.requests, "request")));
    } else if (sum.requests > 0 && sum.all_failed) {
      remarks.push_back(
          fmt::format("{} is the latency of failures: no request of it succeeded", figure.text));
    }
  }
  return remarks;
}

}  // namespace squall::scenarios
