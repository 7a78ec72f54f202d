#include "reports/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "reports/student_t.h"

namespace squall::reports {
namespace {

constexpr double kTail = 0.025;  // on either side of an interval

std::string key_of(const Load& load) { return load.name(); }
std::string key_of(const Workload& workload) { return workload.name(); }

const auto& rows_of(const RunReport& report, const Load*) { return report.loads(); }
const auto& rows_of(const RunReport& report, const Edge*) { return report.edges(); }
const auto& rows_of(const RunReport& report, const Workload*) { return report.workloads(); }

auto figures_of(const Load*) { return load_figures(); }
auto figures_of(const Edge*) { return edge_figures(); }
auto figures_of(const Workload*) { return workload_figures(); }

const auto& batches_of(const BatchesOf& all, const Load*) { return all.loads; }
const auto& batches_of(const BatchesOf& all, const Edge*) { return all.edges; }
const auto& batches_of(const BatchesOf& all, const Workload*) { return all.workloads; }

template <class Row>
constexpr const Row* kOf = nullptr;

/// The rows of a report by their names.
template <class Row>
std::map<std::string, const Row*> named(const RunReport& report) {
  std::map<std::string, const Row*> out;
  for (const Row& row : rows_of(report, kOf<Row>)) out.emplace(key_of(row), &row);
  return out;
}

/// Those of the name; without any, empty ones.
const Batches& batches_named(const std::map<std::string, Batches>& all, const std::string& key) {
  static const Batches none;
  const auto found = all.find(key);
  return found == all.end() ? none : found->second;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Of one value.
double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

/// `reach`: half of the interval. Zero in it is no difference that could be told from chance.
std::string_view word_of(Direction direction, double difference, double reach) {
  if (std::fabs(difference) <= reach) return "same";
  if (direction == Direction::kNeither) return "different";
  return (difference > 0) == (direction == Direction::kUpIsBetter) ? "better" : "worse";
}

}  // namespace

std::string key_of(const Edge& edge) {
  return fmt::format("{} {} {} {}", edge.source(), edge.service(), edge.subset(),
                     edge.destination());
}

template <class Row>
Comparison::RowSamples<Row>& Comparison::row_of(Rows<Row>& rows, const Row& row) {
  const auto [at, fresh] = rows.index.try_emplace(key_of(row), rows.list.size());
  if (fresh) {
    rows.list.push_back({.names = row, .figures = {}});
    rows.list.back().figures.resize(figures_of(kOf<Row>).size());
  }
  return rows.list[at->second];
}

template <class Row>
void Comparison::add_rows(Rows<Row>& rows, const ComparedRun& before, const ComparedRun& after) {
  for (const ComparedRun* side : {&before, &after}) {
    for (const Row& row : rows_of(side->report, kOf<Row>)) row_of(rows, row);
  }
  const auto first = named<Row>(before.report), second = named<Row>(after.report);
  const auto& first_batches = batches_of(before.batches, kOf<Row>);
  const auto& second_batches = batches_of(after.batches, kOf<Row>);
  for (RowSamples<Row>& row : rows.list) {
    const std::string key = key_of(row.names);
    const auto one = first.find(key);
    const auto other = second.find(key);
    for (std::size_t i = 0; i < row.figures.size(); ++i) {
      const ComparedFigure<Row>& figure = figures_of(kOf<Row>)[i];
      const auto value = [&](const auto& rows_there, const auto& at) {
        return figure.value(at == rows_there.end() ? Row::default_instance() : *at->second);
      };
      row.figures[i].add(value(first, one), value(second, other));
      if (figure.batch != BatchFigure::kNone)
        row.figures[i].add_batches(batches_named(first_batches, key),
                                   batches_named(second_batches, key), figure.batch);
    }
  }
}

void Comparison::Samples::add(std::optional<double> one, std::optional<double> other) {
  if (one && other) {
    before.push_back(*one);
    after.push_back(*other);
  } else if (one) {
    only_before.push_back(*one);
  } else if (other) {
    only_after.push_back(*other);
  }
}

void Comparison::Samples::add_batches(const Batches& one, const Batches& other,
                                      BatchFigure figure) {
  for (std::size_t k = 0; k < Batches::kCount; ++k) {
    const auto first = one.value(figure, k);
    const auto second = other.value(figure, k);
    if (first && second) batches.push_back(*second - *first);
  }
}

void Comparison::add(const ComparedRun& before, const ComparedRun& after) {
  ++seeds_;
  astray_.add(before.report, after.report);
  add_rows(loads_, before, after);
  add_rows(edges_, before, after);
  add_rows(workloads_, before, after);
}

Comparison::Finding Comparison::find(const Samples& samples, Direction direction,
                                     BatchFigure batch) const {
  Finding found{.direction = direction};
  const bool paired = samples.only_before.empty() && samples.only_after.empty();
  found.one_sided = samples.before.empty();
  if (found.one_sided) return found;
  std::vector<double> differences;
  for (std::size_t i = 0; i < samples.before.size(); ++i)
    differences.push_back(samples.after[i] - samples.before[i]);
  found.difference = mean_of(differences);
  found.identical = samples.before == samples.after && paired;
  if (found.identical) return found;
  const bool of_seeds = seeds_ >= kFewestSeeds;
  const std::vector<double>& sample = of_seeds ? differences : samples.batches;
  if (sample.size() < 2) return found;
  found.degrees = sample.size() - 1;
  found.error = deviation_of(sample) / std::sqrt(static_cast<double>(sample.size()));
  if (!of_seeds && is_count(batch)) found.error *= static_cast<double>(Batches::kCount);
  return found;
}

void Comparison::put_finding(const Samples& samples, const Finding& found, ComparedMetric& out) {
  out.set_identical(found.identical);
  out.set_verdict(found.identical ? "same" : "different");
  if (found.one_sided) {
    if (!samples.only_before.empty()) out.set_before(mean_of(samples.only_before));
    if (!samples.only_after.empty()) out.set_after(mean_of(samples.only_after));
    return;
  }
  out.set_before(mean_of(samples.before));
  out.set_after(mean_of(samples.after));
  out.set_difference(found.difference);
  if (!found.identical && found.degrees == 0) return;
  const double reach = found.identical ? 0 : student_t(kTail, found.degrees) * found.error;
  out.add_interval(found.difference - reach);
  out.add_interval(found.difference + reach);
  if (!found.identical)
    out.set_verdict(std::string(word_of(found.direction, found.difference, reach)));
}

template <class Row>
void Comparison::put_row(const RowSamples<Row>& row, std::vector<Finding>& all,
                         google::protobuf::RepeatedPtrField<ComparedMetric>& out) const {
  for (std::size_t i = 0; i < row.figures.size(); ++i) {
    const ComparedFigure<Row>& figure = figures_of(kOf<Row>)[i];
    const Samples& samples = row.figures[i];
    if (samples.before.empty() && samples.only_before.empty() && samples.only_after.empty())
      continue;
    all.push_back(find(samples, figure.direction, figure.batch));
    ComparedMetric& metric = *out.Add();
    metric.set_metric(std::string(figure.name));
    put_finding(samples, all.back(), metric);
  }
}

/// Many intervals are judged at once: each is as wide as makes all of them hold at 95 %.
std::set<std::string_view> Comparison::verdicts_of(const std::vector<Finding>& all) {
  const auto judged =
      std::ranges::count_if(all, [](const Finding& one) { return one.degrees > 0; });
  std::map<std::uint64_t, double> quantiles;  // few sizes of samples, each of many figures
  std::set<std::string_view> verdicts;
  for (const Finding& one : all) {
    if (one.identical) continue;
    if (one.degrees == 0) {
      verdicts.insert("different");
      continue;
    }
    double& quantile = quantiles[one.degrees];
    if (quantile == 0) quantile = student_t(kTail / static_cast<double>(judged), one.degrees);
    verdicts.insert(word_of(one.direction, one.difference, quantile * one.error));
  }
  verdicts.erase("same");
  return verdicts;
}

void Comparison::judge_astray(DiffReport& out) const {
  for (std::string& text : astray_.texts()) *out.add_astray() = std::move(text);
  if (out.astray().empty()) return;
  const auto doubt = [](auto& rows) {
    for (auto& row : rows) {
      for (ComparedMetric& metric : *row.mutable_metrics()) {
        if (metric.verdict() == "better") metric.set_verdict("different");
      }
    }
  };
  doubt(*out.mutable_loads());
  doubt(*out.mutable_edges());
  doubt(*out.mutable_workloads());
  if (astray_.unrouted()) {
    out.set_verdict("worse");
  } else if (out.verdict() != "worse") {
    out.set_verdict("different");
  }
}

void Comparison::put(DiffReport& out) const {
  std::vector<Finding> of_loads, of_others;
  for (const RowSamples<Load>& row : loads_.list) {
    ComparedLoad& load = *out.add_loads();
    load.set_name(row.names.name());
    put_row(row, of_loads, *load.mutable_metrics());
  }
  for (const RowSamples<Edge>& row : edges_.list) {
    ComparedEdge& edge = *out.add_edges();
    edge.set_source(row.names.source());
    edge.set_service(row.names.service());
    edge.set_subset(row.names.subset());
    edge.set_destination(row.names.destination());
    put_row(row, of_others, *edge.mutable_metrics());
  }
  for (const RowSamples<Workload>& row : workloads_.list) {
    ComparedWorkload& workload = *out.add_workloads();
    workload.set_name(row.names.name());
    put_row(row, of_others, *workload.mutable_metrics());
  }
  out.set_intervals_of(seeds_ >= kFewestSeeds ? "seeds" : "batches");
  const auto loads = verdicts_of(of_loads);
  const bool same = loads.empty() && verdicts_of(of_others).empty();
  out.set_verdict(loads.contains("worse")    ? "worse"
                  : loads.contains("better") ? "better"
                  : same                     ? "same"
                                             : "different");
  judge_astray(out);
}

}  // namespace squall::reports
