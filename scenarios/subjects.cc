#include "scenarios/subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "policies/outlier.h"
#include "policies/response_flags.h"
#include "scenarios/sums.h"

namespace squall::scenarios {
namespace {

using reports::Metric;
using Keys = std::span<const std::string_view>;

struct Row {
  Subject subject;
  Keys labels;
};
struct Group {
  std::span<const Metric> metrics;
  std::span<const Row> rows;  // the first: what the metrics mean by themselves
};

constexpr std::string_view kLoadKeys[] = {"load", "to", "subset", "operation", "code", "flag"};
constexpr std::string_view kCallKeys[] = {"from", "to", "subset", "code", "flag"};
constexpr std::string_view kEjectionKeys[] = {"from", "to", "subset", "cause"};
constexpr std::string_view kTaskKeys[] = {"workload", "pod", "zone", "operation"};
constexpr std::string_view kEjectedKeys[] = {"workload", "pod", "zone", "cause"};
constexpr Row kOfLoad = {Subject::kLoads, Keys(kLoadKeys).first(1)};
constexpr Row kOfLoads = {Subject::kLoads, Keys(kLoadKeys).first(4)};
constexpr Row kOfCalls = {Subject::kCalls, Keys(kCallKeys).first(3)};
constexpr Row kOfWorkloads = {Subject::kWorkloads, Keys(kTaskKeys).first(3)};

constexpr Row kRequestRows[] = {
    {Subject::kLoads, kLoadKeys}, {Subject::kCalls, kCallKeys}, {Subject::kWorkloads, kTaskKeys}};
constexpr Row kVerdictRows[] = {kOfLoads, kOfCalls};
constexpr Row kAttemptRows[] = {kOfCalls, kOfLoads, kOfWorkloads};
constexpr Row kDuplicateRows[] = {kOfCalls, kOfLoad};
constexpr Row kHedgeRows[] = {kOfLoad};
constexpr Row kEjectionRows[] = {{Subject::kCalls, kEjectionKeys},
                                 {Subject::kWorkloads, kEjectedKeys}};
constexpr Row kUnfinishedRows[] = {kOfLoads, kOfCalls, kOfWorkloads};
constexpr Row kPodRows[] = {kOfWorkloads};

constexpr Metric kRequests[] = {Metric::kRequests, Metric::kRate, Metric::kMean,
                                Metric::kP50,      Metric::kP90,  Metric::kP95,
                                Metric::kP99,      Metric::kP999, Metric::kMax};
constexpr Metric kThroughput[] = {Metric::kThroughput};
constexpr Metric kVerdicts[] = {Metric::kSuccess, Metric::kGoodput};
constexpr Metric kAttempts[] = {Metric::kAttempts};
constexpr Metric kRetries[] = {Metric::kRetries};
constexpr Metric kDuplicates[] = {Metric::kDuplicates};
constexpr Metric kHedges[] = {Metric::kHedges};
constexpr Metric kUnfinished[] = {Metric::kUnfinished};
constexpr Metric kEjections[] = {Metric::kEjections};
constexpr Metric kOfConnections[] = {Metric::kConnections, Metric::kConnectionsOpened,
                                     Metric::kOverflows};
constexpr Metric kOfPods[] = {Metric::kUtilization,   Metric::kReady,    Metric::kHealthy,
                              Metric::kQueueMean,     Metric::kQueueMax, Metric::kInSystemMean,
                              Metric::kInServiceMean, Metric::kShed,     Metric::kWastedS,
                              Metric::kRestarts,      Metric::kScaleIns, Metric::kHitRatio};

constexpr Group kTable[] = {
    {kRequests, kRequestRows},
    {kThroughput, std::span(kRequestRows).first(2)},
    {kVerdicts, kVerdictRows},
    {kAttempts, kAttemptRows},
    {kRetries, std::span(kAttemptRows).first(2)},
    {kDuplicates, kDuplicateRows},
    {kHedges, kHedgeRows},
    {kUnfinished, kUnfinishedRows},
    {kEjections, kEjectionRows},
    {kOfConnections, std::span(kAttemptRows).first(1)},
    {kOfPods, kPodRows},
};

std::span<const Row> rows_of(Metric metric) {
  for (const Group& group : kTable) {
    if (std::ranges::find(group.metrics, metric) != group.metrics.end()) return group.rows;
  }
  return {};
}

/// The label that says whose figure it is: none, or its index.
std::optional<std::size_t> subject_label(const reports::Query& query,
                                         std::span<const std::string_view> keys) {
  for (std::size_t i = 0; i < query.labels.size(); ++i) {
    if (std::ranges::find(keys, query.labels[i].first) != keys.end()) return i;
  }
  return std::nullopt;
}

struct Asked {
  Subject subject;
  std::optional<std::size_t> by;  // the label that says so
};

Asked asked(const reports::Query& query) {
  if (const auto at = subject_label(query, Keys(kLoadKeys).first(1))) return {Subject::kLoads, at};
  if (const auto at = subject_label(query, Keys(kTaskKeys).first(3)))
    return {Subject::kWorkloads, at};
  if (const auto at = subject_label(query, Keys(kCallKeys).first(3))) return {Subject::kCalls, at};
  const std::span<const Row> rows = rows_of(query.metric);
  return {rows.empty() ? Subject::kLoads : rows.front().subject, std::nullopt};
}

std::string_view name_of(Subject subject) {
  static constexpr std::string_view kNames[] = {"loads", "calls", "workloads"};
  return kNames[static_cast<std::size_t>(subject)];
}

/// "choose from ejections{from, to, subset, cause} or ejections{workload, pod, zone, cause}".
std::string choices(Metric metric) {
  std::vector<std::string> all;
  for (const Row& row : rows_of(metric)) {
    all.push_back(fmt::format("{}{{{}}}", reports::name_of(metric), fmt::join(row.labels, ", ")));
  }
  const std::vector<std::string_view> views(all.begin(), all.end());
  return "choose from " + list_of(views, "or");
}

const std::vector<std::string_view>& flag_names() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names;
    for (int i = 1; i <= static_cast<int>(policies::ResponseFlag::kOM); ++i)
      names.push_back(policies::short_name(static_cast<policies::ResponseFlag>(i)));
    return names;
  }();
  return all;
}

const std::vector<std::string_view>& cause_names() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < policies::kDetectors; ++i)
      names.push_back(policies::to_string(static_cast<policies::Detector>(i)));
    return names;
  }();
  return all;
}

bool is_code(std::string_view value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return value.size() == 3 && value[0] >= '1' && value[0] <= '5' &&
         std::ranges::all_of(value, is_digit);
}

std::optional<LabelMistake> value_mistake(std::size_t label, std::string_view key,
                                          std::string_view value) {
  if (key == "code" && !is_code(value)) {
    return LabelMistake{label, true, fmt::format("code=\"{}\" is no status", value),
                        R"(write one from 100 to 599, as in code="503")"};
  }
  const bool is_flag = key == "flag";
  if (!is_flag && key != "cause") return std::nullopt;
  const std::vector<std::string_view>& names = is_flag ? flag_names() : cause_names();
  if (std::ranges::find(names, value) != names.end()) return std::nullopt;
  return LabelMistake{label, true,
                      fmt::format("{}=\"{}\" is no {}", key, value,
                                  is_flag ? "response flag" : "cause of an ejection"),
                      name_advice(value, names, is_flag ? "response flags are" : "causes are")};
}

}  // namespace

Subject subject_of(const reports::Query& query) { return asked(query).subject; }

std::span<const std::string_view> metric_names() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < reports::kMetrics; ++i) {
      names.push_back(reports::name_of(static_cast<Metric>(i)));
    }
    return names;
  }();
  return all;
}

std::optional<LabelMistake> label_mistake(const reports::Query& query) {
  const std::span<const Row> rows = rows_of(query.metric);
  const auto [subject, by] = asked(query);
  const auto row = std::ranges::find(rows, subject, &Row::subject);
  if (row == rows.end()) {
    return LabelMistake{
        by.value_or(0), false,
        fmt::format("there is no \"{}\" of {}", reports::name_of(query.metric), name_of(subject)),
        choices(query.metric)};
  }
  for (std::size_t i = 0; i < query.labels.size(); ++i) {
    const std::string& key = query.labels[i].first;
    if (std::ranges::find(row->labels, key) != row->labels.end()) continue;
    return LabelMistake{i, false,
                        fmt::format("\"{}\" of {} has no label \"{}\"",
                                    reports::name_of(query.metric), name_of(subject), key),
                        choices(query.metric)};
  }
  for (std::size_t i = 0; i < query.labels.size(); ++i) {
    const auto& [key, value] = query.labels[i];
    if (auto mistake = value_mistake(i, key, value)) return mistake;
  }
  return std::nullopt;
}

}  // namespace squall::scenarios
