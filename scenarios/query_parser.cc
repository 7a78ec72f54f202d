#include "scenarios/query_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/subjects.h"

namespace squall::scenarios {
namespace {

using reports::Metric;

constexpr std::array<std::string_view, 11> kMeasuredLabels = {"load", "from",   "to",   "workload",
                                                              "pod",  "subset", "zone", "operation",
                                                              "code", "flag",   "cause"};
/// What others call them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kOtherNames = {
    {{"availability", "success >= 99%"},
     {"avg", "mean < 250ms"},
     {"average", "mean < 250ms"},
     {"duration", "p99 < 250ms"},
     {"error_rate", "success >= 99%"},
     {"error_ratio", "success >= 99%"},
     {"errors", "success >= 99%"},
     {"failure_rate", "success >= 99%"},
     {"failures", "success >= 99%"},
     {"latency", "p99 < 250ms"},
     {"median", "p50 < 250ms"},
     {"qps", "rate > 100/s"},
     {"rps", "rate > 100/s"},
     {"success_rate", "success >= 99%"}}};

std::string metric_advice(std::string_view name) {
  for (const auto& [other, expectation] : kOtherNames) {
    if (name == other) return fmt::format("write for example {}", expectation);
  }
  return name_advice(name, metric_names(), "metrics are");
}

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Dimension dimension_of(Metric metric) {
  switch (reports::kind_of(metric)) {
    case reports::MetricKind::kLatency:
    case reports::MetricKind::kSeconds:
      return 1;
    case reports::MetricKind::kPerSecond:
      return -1;
    default:
      return 0;
  }
}

std::optional<reports::Query> QueryParser::query(std::string_view name, std::size_t at) {
  const std::optional<Metric> metric = reports::metric_of(name);
  if (!metric) return fail(at, fmt::format("\"{}\" is no metric", name), metric_advice(name));
  reports::Query query{.metric = *metric, .labels = {}, .from = run_.from, .to = run_.to};
  if (!labels(query) || !window(query)) return std::nullopt;
  return query;
}

std::string QueryParser::written_from(std::size_t at) const {
  const std::string_view written = text_.substr(at, position_ - at);
  return std::string(written.substr(0, written.find_last_not_of(" \t\n") + 1));
}

bool QueryParser::labels(reports::Query& query) {
  if (!take("{") || take("}")) return true;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // of keys and values
  do {
    skip_blanks();
    const std::size_t at = position_;
    const std::string_view key = take_name();
    if (!label_known(key, at, query)) return false;
    const bool equals = take("=");
    skip_blanks();
    places.emplace_back(at, position_);
    const auto value = equals ? label_value()
                              : fail(position_, fmt::format("expected \"=\", got {}", found()),
                                     R"(write a label as load="x")");
    if (!value) return false;
    query.labels.emplace_back(key, *value);
  } while (take(","));
  if (!take("}"))
    fail(position_, fmt::format("expected \"}}\", got {}", found()),
         R"(labels are written {load="x",code="503"})");
  if (mistake()) return false;
  if (auto wrong = label_mistake(query)) {
    const auto [key, value] = places[wrong->label];
    fail(wrong->of_value ? value : key, std::move(wrong->what), std::move(wrong->advice));
  }
  return !mistake();
}

bool QueryParser::label_known(std::string_view key, std::size_t at, const reports::Query& query) {
  if (key.empty()) {
    fail(at, fmt::format("expected a label, got {}", found()),
         "labels are " + list_of(kMeasuredLabels));
  } else if (!reports::is_label(key)) {
    fail(at, fmt::format("\"{}\" is no label", key),
         name_advice(key, kMeasuredLabels, "labels are"));
  } else if (!contains(kMeasuredLabels, key)) {
    fail(at, fmt::format("label \"{}\" cannot be measured by this version of squall", key),
         "labels are " + list_of(kMeasuredLabels));
  } else if (std::any_of(query.labels.begin(), query.labels.end(),
                         [&](const auto& label) { return label.first == key; })) {
    fail(at, fmt::format("label \"{}\" stands twice", key));
  }
  return !mistake();
}

std::optional<std::string> QueryParser::label_value() {
  skip_blanks();
  const std::size_t at = position_;
  const char quote = at < text_.size() ? text_[at] : '\0';
  if (quote != '"' && quote != '\'')
    return fail(at, fmt::format("expected a text in quotes, got {}", found()),
                R"(write a label as load="x")");
  const std::size_t end = text_.find(quote, at + 1);
  if (end == std::string_view::npos) return fail(at, "the quote is not closed");
  if (end == at + 1) return fail(at, "the label is empty", "leave the label out to mean any");
  position_ = end + 1;
  return std::string(text_.substr(at + 1, end - at - 1));
}

bool QueryParser::window(reports::Query& query) {
  const std::size_t at = position_;
  has_window_ = take("[");
  if (!has_window_) return true;
  if (!take(":")) {
    if (!instant(query.from)) return false;
    if (!take(":"))
      fail(position_, fmt::format("expected \":\", got {}", found()),
           "a window is written [60s:120s]");
  }
  if (mistake()) return false;
  if (!take("]")) {
    if (!instant(query.to)) return false;
    if (!take("]"))
      fail(position_, fmt::format("expected \"]\", got {}", found()),
           "a window is written [60s:120s]");
  }
  if (!mistake() && query.from >= query.to) {
    fail(at,
         fmt::format("the window from {} to {} is empty", to_string(query.from.time_since_epoch()),
                     to_string(query.to.time_since_epoch())),
         "a window is written [60s:120s], on the run's clock");
  }
  return !mistake();
}

bool QueryParser::instant(Instant& out) {
  Duration since{};
  if (!duration(since, "a window is written [60s:120s]")) return false;
  out = Instant(since);
  return true;
}

bool QueryParser::duration(Duration& out, std::string_view advice) {
  skip_blanks();
  const std::size_t at = position_;
  Expression expression;
  const std::optional<Part> part = number(expression);
  if (!part) return false;
  const std::string_view word = text_.substr(at, position_ - at);
  if (part->dimension != 1 && !part->zero) {
    fail(at, fmt::format("expected a duration, got \"{}\"", word), std::string(advice));
    return false;
  }
  out = part->zero ? Duration{} : *parse_duration(word);
  return true;
}

}  // namespace squall::scenarios
