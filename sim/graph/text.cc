// A graph's figures as tables for someone at a terminal.
#include <fmt/format.h>

#include <cmath>

#include "sim/graph/graph_report.h"

namespace squall::sim {
namespace {

using reports::Cell;
using reports::Table;
using reports::Tone;
using Align = Table::Align;

/// How far the run is from the solver: "+0.31%".
std::string difference(double solved, double ran) {
  if (!(solved > 0)) return ran > 0 ? "new" : "";
  const double part = ran / solved - 1;
  return fmt::format("{}{:.2f}%",
                     std::fabs(part) < 5e-5 ? ""
                     : part > 0             ? "+"
                                            : "-",
                     std::fabs(part) * 100);
}

class GraphText {
 public:
  GraphText(const GraphReport& report, reports::Color color)
      : report_(report), graph_(report.graph), color_(color), names_(report.names()) {}

  std::string text(std::uint32_t blast) {
    line(reports::paint(report_.scenario, Tone::kStrong, color_));
    for (const std::string& sentence : sentences(report_, blast)) line("  - " + sentence);
    loads();
    workloads();
    edges();
    heading("TAKEN FOR GRANTED");
    for (const std::string& assumption : report_.assumptions) line("  - " + assumption);
    return std::move(out_);
  }

 private:
  void line(std::string_view text = {}) {
    out_ += text;
    out_ += '\n';
  }
  void heading(std::string_view title) {
    line();
    line(reports::paint(title, Tone::kStrong, color_));
  }
  /// The columns of a run beside those of the solver, where there is one.
  std::vector<Table::Column> with_run(std::vector<Table::Column> columns) const {
    if (report_.run) {
      columns.push_back({"run"});
      columns.push_back({"difference"});
    }
    return columns;
  }
  void add_run(std::vector<Cell>& row, double solved, double ran) const {
    if (!report_.run) return;
    row.push_back({reports::rate_text(ran)});
    row.push_back({difference(solved, ran)});
  }
  static Cell failed(double share) {
    return {share > 0 ? reports::percent_text(share) : "-", share > 0 ? Tone::kBad : Tone::kPlain};
  }

  void loads() {
    if (graph_.loads.empty()) return;
    heading("LOADS");
    Table table(with_run({{"load", Align::kLeft},
                          {"from", Align::kLeft},
                          {"requests"},
                          {"failed", Align::kRight, true},
                          {"mean"}}));
    for (int i = 0; i < static_cast<int>(graph_.loads.size()); ++i) {
      const topology::Load& load = graph_.loads[static_cast<std::size_t>(i)];
      const topology::LoadFlow& flow = report_.solution.loads[static_cast<std::size_t>(i)];
      std::vector<Cell> row = {
          {load.name},
          {load.from == kNone ? "outside" : names_(graph_.workloads[load.from].name)},
          {reports::rate_text(flow.per_s)},
          failed(flow.failed),
          {reports::duration_text(flow.latency_s)}};
      add_run(row, flow.per_s, report_.run ? report_.run->loads(i).rate_per_s() : 0);
      table.add(std::move(row));
    }
    out_ += table.render(color_);
  }

  void workloads() {
    heading("WORKLOADS");
    std::vector<Table::Column> columns = with_run({{"workload", Align::kLeft},
                                                   {"replicas"},
                                                   {"requests"},
                                                   {"failed", Align::kRight, true},
                                                   {"own work"},
                                                   {"held"},
                                                   {"used", Align::kRight, true},
                                                   {"saturates at", Align::kRight, true}});
    if (report_.run) columns.push_back({"used", Align::kRight, true});
    Table table(std::move(columns));
    for (std::uint32_t i = 0; i < graph_.workloads.size(); ++i) {
      const topology::WorkloadFlow& flow = report_.solution.workloads[i];
      const double used = flow.utilization().value_or(0);
      const bool first = report_.solution.bottleneck && report_.solution.bottleneck->workload == i;
      const Tone tone = first ? Tone::kWarning : Tone::kPlain;
      std::vector<Cell> row = {{names_(graph_.workloads[i].name), tone},
                               {std::to_string(graph_.workloads[i].replicas)},
                               {reports::rate_text(flow.per_s)},
                               failed(flow.failed),
                               {flow.per_s > 0 ? reports::duration_text(flow.work_s) : "-"},
                               {flow.per_s > 0 ? reports::duration_text(flow.held_s) : "-"},
                               {flow.utilization() ? reports::percent_text(used) : "-", tone},
                               {used > 0 ? fmt::format("x {:.3g}", 1 / used) : "-", tone}};
      const reports::Workload* ran = report_.run_of_workload(i);
      if (report_.run) {
        add_run(row, flow.per_s,
                ran == nullptr ? 0 : static_cast<double>(ran->requests()) / report_.run_seconds());
        row.push_back({ran != nullptr && ran->has_utilization()
                           ? reports::percent_text(ran->utilization())
                           : "-"});
      }
      table.add(std::move(row));
    }
    out_ += table.render(color_);
  }

  void edges() {
    heading("CALLS");
    Table table(with_run({{"from", Align::kLeft},
                          {"to", Align::kLeft},
                          {"requests"},
                          {"failed", Align::kRight, true},
                          {"attempts each"},
                          {"copies", Align::kRight, true}}));
    for (std::uint32_t i = 0; i < graph_.edges.size(); ++i) {
      if (!report_.shown(i)) continue;
      const topology::Edge& edge = graph_.edges[i];
      const topology::EdgeFlow& flow = report_.solution.edges[i];
      std::vector<Cell> row = {
          {names_(edge.source)},
          {edge_name(edge)},
          {reports::rate_text(flow.per_s)},
          failed(flow.failed),
          {flow.per_s > 0 ? fmt::format("{:.4g}", flow.attempts_per_s / flow.per_s) : "-"},
          {flow.copies_per_s > 0 ? reports::rate_text(flow.copies_per_s) : "-"}};
      const reports::Edge* ran = report_.run_of_edge(i);
      if (ran != nullptr) {
        add_run(row, flow.per_s, static_cast<double>(ran->requests()) / report_.run_seconds());
      } else if (report_.run) {
        row.push_back({"-"});  // no sidecar sends them, or there were none
      }
      table.add(std::move(row));
    }
    out_ += table.empty() ? "  none\n" : table.render(color_);
  }

  std::string edge_name(const topology::Edge& edge) const {
    std::string text = names_(edge.destination.empty() ? edge.service : edge.destination);
    if (edge.destination.empty()) text += ", nobody there";
    if (!edge.subset.empty()) text += fmt::format(" ({})", edge.subset);
    if (!edge.destination.empty() && names_(edge.service) != names_(edge.destination))
      text += fmt::format(" by {}", names_(edge.service));
    return text;
  }

  const GraphReport& report_;
  const topology::Graph& graph_;
  const reports::Color color_;
  const reports::Names names_;
  std::string out_;
};

}  // namespace

std::string to_text(const GraphReport& report, std::uint32_t blast, reports::Color color) {
  return GraphText(report, color).text(blast);
}

}  // namespace squall::sim
