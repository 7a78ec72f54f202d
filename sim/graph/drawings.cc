// A graph as Graphviz and Mermaid draw it.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "sim/graph/graph_report.h"

namespace squall::sim {
namespace {

/// A text within quotes of DOT: names may hold anything that YAML does.
std::string dot_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

/// A text within quotes of Mermaid, which takes HTML's entities.
std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "#quot;";
        break;
      case '<':
        out += "#lt;";
        break;
      case '>':
        out += "#gt;";
        break;
      case '#':
        out += "#35;";
        break;
      default:
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return out;
}

/// What both draw: labels in lines, and what is to be marked.
class Drawing {
 public:
  explicit Drawing(const GraphReport& report) : report_(report), names_(report.names()) {}

  std::vector<std::string> load_lines(std::size_t load) const {
    return {report_.graph.loads[load].name, reports::rate_text(report_.solution.loads[load].per_s)};
  }
  std::vector<std::string> workload_lines(std::uint32_t index) const {
    const topology::Workload& workload = report_.graph.workloads[index];
    const topology::WorkloadFlow& flow = report_.solution.workloads[index];
    std::vector<std::string> lines = {names_(workload.name),
                                      reports::counted(workload.replicas, "replica")};
    if (const auto used = flow.utilization(); used && *used > 0)
      lines.push_back(reports::percent_text(*used) + " used");
    if (is_bottleneck(index))
      lines.push_back(fmt::format("saturates first, at {:.3g} times the load",
                                  report_.solution.bottleneck->saturates_at));
    return lines;
  }
  std::string edge_label(std::uint32_t index) const {
    const topology::Edge& edge = report_.graph.edges[index];
    const topology::EdgeFlow& flow = report_.solution.edges[index];
    std::string text = reports::rate_text(flow.per_s);
    const double attempts = flow.per_s > 0 ? flow.attempts_per_s / flow.per_s : 1;
    if (attempts > 1 + 5e-4) text += fmt::format(", {:.4g} attempts each", attempts);
    if (flow.copies_per_s > 0)
      text += fmt::format(", {} copies", reports::rate_text(flow.copies_per_s));
    if (const reports::Edge* ran = report_.run_of_edge(index)) {
      const double counted = static_cast<double>(ran->requests());
      text += fmt::format(", in the run {}", reports::rate_text(counted / report_.run_seconds()));
    }
    if (!edge.subset.empty()) text += fmt::format(" ({})", edge.subset);
    return text;
  }
  bool is_bottleneck(std::uint32_t workload) const {
    return report_.solution.bottleneck && report_.solution.bottleneck->workload == workload;
  }
  /// Draws an edge between two that are drawn: `line(from, to, label, critical)`. A load within the
  /// mesh stands beside the workload that sends it.
  template <class Line>
  void each_line(const Line& line) const {
    const topology::Graph& graph = report_.graph;
    for (std::size_t i = 0; i < graph.loads.size(); ++i) {
      const topology::Load& load = graph.loads[i];
      if (load.from != kNone) {
        line(load_id(i), workload_id(load.from), "", false);
        continue;
      }
      for (const topology::Way& way : load.call.ways) {
        for (const topology::Target& target : way.targets)
          line(load_id(i), workload_id(graph.edges[target.edge].to), "",
               report_.on_critical_path(target.edge));
      }
    }
    for (std::uint32_t i = 0; i < graph.edges.size(); ++i) {
      const topology::Edge& edge = graph.edges[i];
      if (edge.from == kNone || edge.to == kNone) continue;
      line(workload_id(edge.from), workload_id(edge.to), edge_label(i),
           report_.on_critical_path(i));
    }
  }
  static std::string load_id(std::size_t load) { return fmt::format("load{}", load); }
  static std::string workload_id(std::uint32_t workload) { return fmt::format("w{}", workload); }

 private:
  const GraphReport& report_;
  const reports::Names names_;
};

std::string joined(const std::vector<std::string>& lines, std::string (*quoted)(std::string_view),
                   std::string_view between) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += between;
    text += quoted(line);
  }
  return text;
}

/// The sentences and assumptions as comments.
std::string comments(const GraphReport& report, std::uint32_t blast, std::string_view mark) {
  std::string out;
  for (const std::string& one : sentences(report, blast))
    out += fmt::format("{} {}\n", mark, dot_text(one));
  for (const std::string& one : report.assumptions)
    out += fmt::format("{} taken for granted: {}\n", mark, dot_text(one));
  return out;
}

}  // namespace

std::string to_dot(const GraphReport& report, std::uint32_t blast) {
  const Drawing drawing(report);
  std::string out = comments(report, blast, "//");
  out += fmt::format("digraph \"{}\" {{\n", dot_text(report.scenario));
  out += "  rankdir=LR;\n  labelloc=t;\n";
  out += fmt::format("  label=\"{}\";\n", dot_text(sentences(report, kNone).front()));
  out += "  node [shape=box, style=rounded];\n";
  for (std::size_t i = 0; i < report.graph.loads.size(); ++i) {
    out += fmt::format("  {} [label=\"{}\", shape=ellipse];\n", Drawing::load_id(i),
                       joined(drawing.load_lines(i), dot_text, "\\n"));
  }
  for (std::uint32_t i = 0; i < report.graph.workloads.size(); ++i) {
    out += fmt::format("  {} [label=\"{}\"{}];\n", Drawing::workload_id(i),
                       joined(drawing.workload_lines(i), dot_text, "\\n"),
                       drawing.is_bottleneck(i) ? ", color=red, penwidth=3" : "");
  }
  drawing.each_line(
      [&](const std::string& from, const std::string& to, const std::string& label, bool critical) {
        out += fmt::format("  {} -> {} [label=\"{}\"{}];\n", from, to, dot_text(label),
                           critical ? ", color=blue, penwidth=3" : "");
      });
  return out + "}\n";
}

std::string to_mermaid(const GraphReport& report, std::uint32_t blast) {
  const Drawing drawing(report);
  std::string out = "flowchart LR\n" + comments(report, blast, "  %%");
  for (std::size_t i = 0; i < report.graph.loads.size(); ++i) {
    out += fmt::format("  {}([\"{}\"])\n", Drawing::load_id(i),
                       joined(drawing.load_lines(i), mermaid_text, "<br/>"));
  }
  for (std::uint32_t i = 0; i < report.graph.workloads.size(); ++i) {
    out += fmt::format("  {}[\"{}\"]{}\n", Drawing::workload_id(i),
                       joined(drawing.workload_lines(i), mermaid_text, "<br/>"),
                       drawing.is_bottleneck(i) ? ":::bottleneck" : "");
  }
  drawing.each_line(
      [&](const std::string& from, const std::string& to, const std::string& label, bool critical) {
        const std::string text = label.empty() ? "" : fmt::format("|\"{}\"|", mermaid_text(label));
        out += fmt::format("  {} {}{} {}\n", from, critical ? "==>" : "-->", text, to);
      });
  return out + "  classDef bottleneck stroke:#c00,stroke-width:4px\n";
}

}  // namespace squall::sim
