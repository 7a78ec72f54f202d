#include "scenarios/remarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/text.h"

namespace squall::scenarios {
namespace {

constexpr double kFewestBeyond = 10;
constexpr double kManyFailed = 0.1;  // of the requests that a latency is told from

/// What share of the requests lies beyond the percentile; 0 where it is none.
double beyond(reports::Metric metric) {
  switch (metric) {
    case reports::Metric::kP50:
      return 0.5;
    case reports::Metric::kP90:
      return 0.1;
    case reports::Metric::kP95:
      return 0.05;
    case reports::Metric::kP99:
      return 0.01;
    case reports::Metric::kP999:
      return 0.001;
    default:
      return 0;
  }
}

/// Of a percentile that is told from so few that other seeds will tell another.
std::optional<std::string> too_few(const Figure& figure, const reports::Answer& answer,
                                   double runs) {
  const double share = beyond(figure.query.metric);
  // What rounding makes of 1000 * 0.01 is enough.
  if (figure.function != Function::kPlain || share == 0) return std::nullopt;
  const double requests = static_cast<double>(answer.front().latencies()) / runs;
  if (requests == 0 || requests * share > kFewestBeyond - 1e-6) return std::nullopt;
  return fmt::format(
      "{} is told from {:.0f} requests, of which {:.2g} lie beyond it: measure longer or run more "
      "seeds, until {} do",
      figure.text, requests, requests * share, kFewestBeyond);
}

struct Arrived {
  std::uint64_t requests = 0, unanswered = 0, successes = 0;
  std::uint64_t failed() const { return requests - unanswered - successes; }
};

/// What became of the requests that arrived at the load in that time.
Arrived arrived(const reports::Series& series, Instant from, Instant to) {
  Arrived sum;
  for (std::size_t i = 0; i < series.steps(); ++i) {
    const Instant begins(series.step() * static_cast<std::int64_t>(i));
    if (begins + series.step() <= from || begins >= to || series.requests(i) == 0) continue;
    sum.requests += series.requests(i);
    sum.unanswered += series.unanswered(i);
    sum.successes += static_cast<std::uint64_t>(
        series.success_ratio(i) * static_cast<double>(series.requests(i)) + 0.5);
  }
  return sum;
}

}  // namespace

std::vector<std::string> remarks_on(const Expectation& expectation, const reports::RunData& data,
                                    std::span<const reports::Answer> answers) {
  std::vector<std::string> remarks;
  // With a share each run is judged by itself.
  const double runs = expectation.share ? static_cast<double>(data.runs.size()) : 1;
  for (const Figure& figure : expectation.figures) {
    const reports::Query& query = figure.query;
    if (auto one = too_few(figure, answers.front(), runs)) remarks.push_back(*std::move(one));
    answers = answers.subspan(figure.queries());
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
    } else if (sum.requests > 0 && sum.successes == 0) {
      remarks.push_back(
          fmt::format("{} is the latency of failures: no request of it succeeded", figure.text));
    } else if (sum.failed() > 0 && static_cast<double>(sum.failed()) >=
                                       kManyFailed * static_cast<double>(sum.requests)) {
      remarks.push_back(
          fmt::format("{} is the latency of failures, too, which may come soon: {} of {} failed",
                      figure.text, sum.failed(), reports::counted(sum.requests, "request")));
    }
  }
  return remarks;
}

}  // namespace squall::scenarios
