#include "reports/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reports/findings.h"
#include "reports/flags.h"
#include "reports/timeline.h"

namespace squall::reports {
namespace {

using Align = Table::Align;

constexpr std::size_t kMostFindings = 12;
constexpr std::size_t kMostRows = 30;
constexpr std::size_t kMostHappenings = 25;

/// A length that a user wrote: "180 s", "0.5 s".
std::string length_text(double seconds) { return fmt::format("{:g} s", seconds); }

class Summary {
 public:
  Summary(const RunReport& report, Color color) : report_(report), color_(color), names_(report) {}

  std::string text() {
    head();
    wrong();
    expectations();
    seeds();
    loads();
    edges();
    workloads();
    timeline();
    notes();
    legend();
    return std::move(out_);
  }

 private:
  void line(std::string_view text = {}) {
    out_ += text;
    out_ += '\n';
  }
  void heading(std::string_view title, std::string_view remark = {}) {
    line();
    std::string text = paint(title, Tone::kStrong, color_);
    if (!remark.empty()) text += paint(fmt::format("  {}", remark), Tone::kFaint, color_);
    line(text);
  }
  /// `what`: in the plural.
  void left_out(std::size_t n, std::string_view what) {
    if (n == 1) what.remove_suffix(1);
    if (n > 0)
      line(paint(fmt::format("  ... and {} more {}; --format json has all", n, what), Tone::kFaint,
                 color_));
  }
  Cell mark(bool ok) const { return ok ? Cell{"✓", Tone::kGood} : Cell{"✗", Tone::kBad}; }

  void head() {
    const std::string seeds = report_.runs_size() > 1
                                  ? fmt::format("seeds {} to {}", report_.seed(),
                                                report_.runs(report_.runs_size() - 1).seed())
                                  : fmt::format("seed {}", report_.seed());
    std::string text =
        fmt::format("{}  {}  {}, {}", paint(report_.scenario(), Tone::kStrong, color_), verdict(),
                    seeds, length_text(report_.duration_s()));
    if (report_.warmup_s() > 0)
      text += fmt::format(" (the first {} in no figure)", length_text(report_.warmup_s()));
    line(text);
  }

  std::string verdict() const {
    if (report_.verdict() == "pass")
      return paint("PASS", Tone::kGood, color_) + (report_.expectations().empty()
                                                       ? ", nothing expected" + lost_in_words(true)
                                                       : lost_in_words(false));
    if (report_.verdict() == "fail") return paint("FAIL", Tone::kBad, color_);
    return paint("INTERRUPTED, figures are of what ran", Tone::kWarning, color_);
  }

  /// What a verdict that only heeds expectations says nothing of.
  std::string lost_in_words(bool failed_too) const {
    std::uint64_t requests = 0, failed = 0, unanswered = 0;
    for (const Load& load : report_.loads()) {
      requests += load.requests();
      failed += failed_too ? load.failed() : 0;
      unanswered += load.unfinished();
    }
    std::string text;
    for (const auto& [n, what] : {std::pair(unanswered, "never answered"), {failed, "failed"}})
      if (n > 0) text += fmt::format("; {} of {} {}", n, counted(requests, "request"), what);
    return text.empty() ? text : paint(text, Tone::kBad, color_);
  }

  void wrong() {
    const std::vector<std::string> found = findings(report_);
    const bool failed = report_.verdict() == "fail";
    heading(failed ? "WHAT IS WRONG" : "WHAT STANDS OUT");
    for (const Expectation& expectation : report_.expectations()) {
      if (expectation.ok()) continue;
      line(fmt::format("  {} {}", paint("✗", Tone::kBad, color_), expectation.text()));
      line(fmt::format("      {}", why_text(expectation)));
    }
    if (found.empty() && !failed) line("  " + nothing_stands_out());
    for (std::size_t i = 0; i < std::min(found.size(), kMostFindings); ++i)
      line(fmt::format("  - {}", found[i]));
    left_out(found.size() - std::min(found.size(), kMostFindings), "findings");
  }

  /// What may be said where no finding is: requests that waited a little have reached a limit.
  std::string nothing_stands_out() const {
    const Workload* longest = nullptr;
    for (const Workload& one : report_.workloads()) {
      if (longest == nullptr || one.queue().max() > longest->queue().max()) longest = &one;
    }
    if (longest == nullptr || longest->queue().max() == 0)
      return "nothing: every request succeeded and no limit was reached";
    return fmt::format(
        "nothing: every request succeeded and no limit refused one; at most {} waited at once, {} "
        "{}",
        longest->queue().max(), longest->replicas() > 1 ? "in one replica of" : "at",
        names_(longest->name()));
  }
  void expectations() {
    if (report_.expectations().empty()) return;
    const auto ok = std::count_if(report_.expectations().begin(), report_.expectations().end(),
                                  [](const auto& e) { return e.ok(); });
    heading("EXPECTATIONS", fmt::format("{} of {} hold", ok, report_.expectations_size()));
    Table table({{"", Align::kLeft}, {"", Align::kLeft}, {"", Align::kRight}});
    for (const Expectation& expectation : report_.expectations()) {
      table.add({mark(expectation.ok()), {expectation.text()}, {expectation.figure()}});
    }
    out_ += table.render(color_);
  }

  /// Which of several runs pass.
  void seeds() {
    if (report_.runs_size() < 2) return;
    std::map<std::string, std::string> by_verdict;
    for (int i = 0; i < report_.runs_size();) {
      const Run& first = report_.runs(i);
      int next = i + 1;  // seeds stand one after the other
      while (next < report_.runs_size() && report_.runs(next).verdict() == first.verdict()) ++next;
      std::string& seeds = by_verdict[first.verdict()];
      if (!seeds.empty()) seeds += ", ";
      seeds += fmt::format("{}", first.seed());
      if (next > i + 1)
        seeds += fmt::format("{}{}", next > i + 2 ? " to " : ", ", report_.runs(next - 1).seed());
      i = next;
    }
    const auto passed = std::count_if(report_.runs().begin(), report_.runs().end(),
                                      [](const Run& run) { return run.verdict() == "pass"; });
    heading("SEEDS", fmt::format("{} of {} pass by themselves", passed, report_.runs_size()));
    for (const auto& [verdict, seeds] : by_verdict)
      line(fmt::format("  {:<11} {}", verdict, seeds));
  }

  /// "200 31925, 503 86 (UO 80, URX,UF 6)".
  template <class Message>
  std::string answers(const Message& message) {
    const auto sorted = [](const auto& map) {
      return std::vector<std::pair<std::string, std::uint64_t>>(map.begin(), map.end());
    };
    auto codes = sorted(message.status());
    std::sort(codes.begin(), codes.end());
    std::vector<std::string> texts;
    for (const auto& [code, n] : codes)
      texts.push_back(fmt::format("{} {}", code == "0" ? "none" : code, n));
    if (message.unfinished() > 0)
      texts.push_back(fmt::format("unanswered {}", message.unfinished()));
    auto flags = sorted(message.flags());
    std::sort(flags.begin(), flags.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a < b;
    });
    std::vector<std::string> flagged;
    for (const auto& [list, n] : flags) {
      if (list == "-") continue;
      flagged.push_back(fmt::format("{} {}", list, n));
      see_flags(list);
    }
    std::string text = fmt::format("{}", fmt::join(texts, ", "));
    if (!flagged.empty()) text += fmt::format(" ({})", fmt::join(flagged, ", "));
    return text;
  }
  void see_flags(std::string_view list) {
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      flags_.emplace(list.substr(0, comma));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
  }

  static Cell success(bool known, double ratio) {
    if (!known) return {"-"};
    return {percent_text(ratio), ratio < 0.99 ? Tone::kBad
                                 : ratio < 1  ? Tone::kWarning
                                              : Tone::kGood};
  }
  static void add_latency(const Latency& latency, std::vector<Cell>& row) {
    if (!latency.has_p50()) {
      row.insert(row.end(), 4, Cell{"-"});
      return;
    }
    for (const double figure : {latency.p50(), latency.p90(), latency.p99(), latency.max()})
      row.push_back({duration_text(figure)});
  }
  static Cell count(std::uint64_t n, Tone tone = Tone::kPlain) {
    return {fmt::format("{}", n), n > 0 ? tone : Tone::kPlain};
  }
  /// At the start; "2 (2 to 8)" where an autoscaler changed it.
  static Cell replicas(const Workload& workload) {
    const Scaling& scaling = workload.scaling();
    if (scaling.replicas_min() == scaling.replicas_max()) return count(workload.replicas());
    return {fmt::format("{} ({} to {})", workload.replicas(), scaling.replicas_min(),
                        scaling.replicas_max())};
  }
  template <class Figures>
  std::vector<Cell> load_row(std::string name, const Figures& figures) {
    std::vector<Cell> row = {{std::move(name)},
                             count(figures.requests()),
                             {rate_text(figures.rate_per_s())},
                             {rate_text(figures.goodput_per_s())},
                             success(figures.has_success_ratio(), figures.success_ratio())};
    add_latency(figures.latency_s(), row);
    row.push_back({answers(figures)});
    return row;
  }
  void loads() {
    if (report_.loads().empty()) return;
    heading("LOADS", "latency from arrival to the whole answer, failed requests too");
    Table table({{"", Align::kLeft},
                 {"requests"},
                 {"rate"},
                 {"goodput"},
                 {"success"},
                 {"p50"},
                 {"p90"},
                 {"p99"},
                 {"max"},
                 {"answers", Align::kLeft}});
    for (const Load& load : report_.loads()) {
      table.add(load_row(load.name() + (load.kind() == "closed" ? " (closed)" : ""), load));
      for (const LoadOperation& one : load.mix().operations())
        table.add(load_row("  " + one.name(), one));
    }
    out_ += table.render(color_);
    for (const std::string& text : held_connections(report_)) line("  " + text);
  }
  void edges() {
    std::vector<const Edge*> edges;
    for (const Edge& edge : report_.edges()) {
      if (edge.requests() > 0 || edge.attempts() > 0 || edge.mirrored() > 0) edges.push_back(&edge);
    }
    if (edges.empty()) return;
    const std::size_t shown = std::min(edges.size(), kMostRows);
    if (shown < edges.size()) {
      std::stable_sort(edges.begin(), edges.end(), [](const Edge* a, const Edge* b) {
        return std::pair(lost(*a), a->requests()) > std::pair(lost(*b), b->requests());
      });
    }
    heading("CALLS", "as the caller's sidecar saw them");
    Table table({{"", Align::kLeft},
                 {"requests"},
                 {"attempts"},
                 {"retries", Align::kRight, true},
                 {"overflows", Align::kRight, true},
                 {"ejections", Align::kRight, true},
                 {"mirrored", Align::kRight, true},
                 {"success"},
                 {"p50"},
                 {"p90"},
                 {"p99"},
                 {"max"},
                 {"answers", Align::kLeft}});
    for (std::size_t i = 0; i < shown; ++i) {
      const Edge& edge = *edges[i];
      std::vector<Cell> row = {{names_.edge(edge)},
                               count(edge.requests()),
                               count(edge.attempts()),
                               count(edge.retries(), Tone::kWarning),
                               count(overflows(edge), Tone::kWarning),
                               count(edge.ejections(), Tone::kWarning),
                               count(edge.mirrored()),
                               success(edge.has_success_ratio(), edge.success_ratio())};
      add_latency(edge.latency_s(), row);
      row.push_back({answers(edge)});
      table.add(std::move(row));
    }
    out_ += table.render(color_);
    left_out(edges.size() - shown, "calls");
  }

  void workloads() {
    if (report_.workloads().empty()) return;
    std::vector<const Workload*> workloads;
    for (const Workload& workload : report_.workloads()) workloads.push_back(&workload);
    const std::size_t shown = std::min(workloads.size(), kMostRows);
    if (shown < workloads.size()) {
      std::stable_sort(workloads.begin(), workloads.end(),
                       [](const Workload* a, const Workload* b) {
                         return std::pair(a->utilization(), a->requests()) >
                                std::pair(b->utilization(), b->requests());
                       });
    }
    heading("WORKLOADS",
            "waiting and in the system: averages of all replicas; at most: waiting in one of them");
    Table table({{"", Align::kLeft},
                 {"replicas"},
                 {"requests"},
                 {"busy"},
                 {"waiting"},
                 {"at most"},
                 {"in system"},
                 {"turned away", Align::kRight, true},
                 {"restarts", Align::kRight, true},
                 {"p50", Align::kRight, true},
                 {"p90", Align::kRight, true},
                 {"p99", Align::kRight, true},
                 {"max", Align::kRight, true}});
    for (std::size_t i = 0; i < shown; ++i) {
      const Workload& workload = *workloads[i];
      Cell busy{"-"};
      if (workload.has_utilization())
        busy = {percent_text(workload.utilization()),
                workload.utilization() >= 0.9 ? Tone::kBad : Tone::kPlain};
      std::vector<Cell> row = {{names_(workload.name())},
                               replicas(workload),
                               count(workload.requests()),
                               busy,
                               {level_text(workload.queue().mean())},
                               count(workload.queue().max()),
                               {level_text(workload.in_system_mean())},
                               count(workload.shed(), Tone::kWarning),
                               count(workload.restarts(), Tone::kWarning)};
      add_latency(workload.latency_s(), row);
      table.add(std::move(row));
    }
    out_ += table.render(color_);
    left_out(workloads.size() - shown, "workloads");
  }

  void timeline() {
    if (report_.timeline().empty()) return;
    heading("WHAT HAPPENED",
            report_.runs_size() > 1 ? fmt::format("with seed {}", report_.seed()) : "");
    Table table({{"", Align::kRight}, {"", Align::kLeft}, {"", Align::kLeft}, {"", Align::kLeft}});
    const std::vector<TimelineRow> rows = timeline_rows(report_, names_);
    std::size_t hidden = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const TimelineRow& row = rows[i];
      if (i >= kMostHappenings) {
        hidden += row.happenings;
      } else {
        table.add({{fmt::format("{:.3f} s", row.at_s)}, {row.what}, {row.who}, {row.why}});
      }
    }
    out_ += table.render(color_);
    left_out(hidden, "happenings");
  }

  void notes() {
    if (report_.notes().empty()) return;
    heading("NOTES");
    for (const std::string& note : report_.notes())
      line(fmt::format("  - {}", names_.in_text(note)));
  }

  void legend() {
    Table table({{"", Align::kLeft}, {"", Align::kLeft}});
    for (const std::string& flag : flags_) {
      if (const std::string_view words = flag_in_words(flag); !words.empty())
        table.add({{flag}, {std::string(words)}});
    }
    if (table.empty()) return;
    heading("FLAGS");
    out_ += table.render(color_);
  }

  const RunReport& report_;
  const Color color_;
  const Names names_;
  std::set<std::string> flags_;  // that occur in a table
  std::string out_;
};

}  // namespace

std::string why_text(const Expectation& expectation) {
  if (!expectation.has_wrong_from_s()) return expectation.why();
  return fmt::format("{}, since {}", expectation.why(), length_text(expectation.wrong_from_s()));
}

std::string summary(const RunReport& report, Color color) { return Summary(report, color).text(); }

}  // namespace squall::reports
