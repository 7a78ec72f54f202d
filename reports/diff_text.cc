#include "reports/diff_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/alike_requests.h"

namespace squall::reports {
namespace {

using Align = Table::Align;

constexpr std::size_t kMostRows = 30;
constexpr int kMostFields = 8;
constexpr int kMostFates = 8;
constexpr std::size_t kMostExamples = 5;

/// A figure by its name's unit, without its sign.
std::string size_text(std::string_view metric, double value) {
  const double size = std::fabs(value);
  if (metric.ends_with("_per_s")) return rate_text(size);
  if (metric.ends_with("_s")) return duration_text(size);
  if (metric.ends_with("_ratio") || metric == "utilization") return percent_text(size);
  return level_text(size);
}

std::string signed_text(std::string_view metric, double value) {
  return (value > 0 ? "+" : value < 0 ? "-" : "") + size_text(metric, value);
}

std::string interval_text(const ComparedMetric& metric) {
  if (metric.interval_size() < 2) return "not known";
  return fmt::format("{} to {}", signed_text(metric.metric(), metric.interval(0)),
                     signed_text(metric.metric(), metric.interval(1)));
}

Tone tone_of(std::string_view verdict) {
  return verdict == "worse"    ? Tone::kBad
         : verdict == "better" ? Tone::kGood
         : verdict == "same"   ? Tone::kPlain
                               : Tone::kWarning;
}

bool is_telling(std::string_view metric) {
  static constexpr std::string_view kLess[] = {
      "p50_s", "p90_s",           "p95_s",          "p999_s",
      "max_s", "in_service_mean", "in_system_mean", "connections_opened"};
  return std::ranges::find(kLess, metric) == std::end(kLess);
}

/// ".shop" where all workloads are in namespace shop.
std::string shared_space(const DiffReport& report) {
  std::string space;
  for (const ComparedWorkload& one : report.workloads()) {
    const std::string own = one.name().substr(std::min(one.name().find('.'), one.name().size()));
    if (!space.empty() && own != space) return {};
    space = own;
  }
  return space;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

class Text {
 public:
  Text(const DiffReport& report, Color color)
      : report_(report), color_(color), space_(shared_space(report)) {}

  std::string text() {
    head();
    resources();
    astray();
    figures("LOADS", report_.loads(), true, [](const ComparedLoad& one) { return one.name(); });
    figures("CALLS", report_.edges(), false, [this](const ComparedEdge& one) {
      std::string name =
          fmt::format("{} -> {}", short_name(one.source()), short_name(one.service()));
      if (!one.subset().empty()) name += fmt::format(" ({})", one.subset());
      if (one.destination() != one.service() && !one.destination().empty())
        name += " at " + short_name(one.destination());
      return name;
    });
    figures("WORKLOADS", report_.workloads(), false,
            [this](const ComparedWorkload& one) { return short_name(one.name()); });
    requests();
    examples();
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
  void faint(const std::string& text) { line(paint(text, Tone::kFaint, color_)); }

  void head() {
    std::string text =
        fmt::format("{}  {}  {} of each side", paint(report_.scenario(), Tone::kStrong, color_),
                    paint(upper(report_.verdict()), tone_of(report_.verdict()), color_),
                    counted(report_.runs(), "run"));
    if (report_.runs() > 0)
      text += report_.runs() > 1 ? fmt::format(", seeds {} to {}", report_.seed(),
                                               report_.seed() + report_.runs() - 1)
                                 : fmt::format(", seed {}", report_.seed());
    line(text + fmt::format(", {:g} s", report_.duration_s()));
    if (report_.runs() == 0) return;
    faint(
        report_.intervals_of() == "seeds"
            ? "intervals: 95 %, of the differences seed by seed (Student's t)"
            : "intervals: 95 %, of the differences in twenty batches of a run; they say nothing of "
              "other seeds: --runs 5 or more does");
  }

  static std::string place(const std::string& file, std::uint32_t line) {
    return file.empty() ? "" : fmt::format("{}:{}", file, line);
  }

  void resources() {
    heading("WHAT WAS CHANGED", report_.resources().empty() ? "nothing" : "");
    for (const ChangedResource& one : report_.resources()) {
      const std::string before = place(one.before_file(), one.before_line());
      const std::string after = place(one.after_file(), one.after_line());
      std::string where = before.empty() || after.empty() || before == after
                              ? (after.empty() ? before : after)
                              : fmt::format("{} -> {}", before, after);
      line(fmt::format("  {} {}  {}", one.resource(), one.change(),
                       paint(where, Tone::kFaint, color_)));
      for (int i = 0; i < std::min(one.fields_size(), kMostFields); ++i) {
        const ChangedField& field = one.fields(i);
        line(fmt::format("    {}: {} -> {}", field.path(),
                         field.has_before() ? field.before() : "(not there)",
                         field.has_after() ? field.after() : "(not there)"));
      }
      const std::uint64_t more = one.more_fields() + static_cast<std::uint64_t>(std::max(
                                                         one.fields_size() - kMostFields, 0));
      if (more > 0) faint(fmt::format("    ... and {}", counted(more, "more field")));
    }
    if (!report_.resources().empty() && report_.runs() > 0 && all_identical())
      line("  No load, call or workload of this scenario meets it: all figures are the same.");
  }

  bool all_identical() const {
    const auto identical = [](const auto& rows) {
      return std::ranges::all_of(rows, [](const auto& row) {
        return std::ranges::all_of(row.metrics(), &ComparedMetric::identical);
      });
    };
    return identical(report_.loads()) && identical(report_.edges()) &&
           identical(report_.workloads());
  }

  void astray() {
    if (report_.astray().empty()) return;
    heading("REQUESTS THAT GO ASTRAY", "so that nothing here is better");
    for (const std::string& text : report_.astray()) line("  - " + text);
  }

  /// Without the namespace when all workloads share one.
  std::string short_name(const std::string& name) const {
    return space_.empty() || !name.ends_with(space_) ? name
                                                     : name.substr(0, name.size() - space_.size());
  }

  /// Of a kind, those that differ; not `all` of them: the most telling.
  template <class Rows, class Name>
  void figures(std::string_view title, const Rows& rows, bool all, const Name& name) {
    Table table({{"", Align::kLeft},
                 {"figure", Align::kLeft},
                 {"before"},
                 {"after"},
                 {"difference"},
                 {"95 % interval"},
                 {"verdict", Align::kLeft}});
    std::size_t shown = 0, more = 0, identical = 0, alike = 0;
    for (const auto& row : rows) {
      std::string named = name(row);
      for (const ComparedMetric& metric : row.metrics()) {
        identical += metric.identical() ? 1U : 0U;
        if (metric.verdict() == "same") {
          alike += metric.identical() ? 0U : 1U;
        } else if (shown == kMostRows || (!all && !is_telling(metric.metric()))) {
          ++more;
        } else {
          ++shown;
          table.add(
              {{std::exchange(named, "")},
               {metric.metric()},
               {metric.has_before() ? size_text(metric.metric(), metric.before()) : "-"},
               {metric.has_after() ? size_text(metric.metric(), metric.after()) : "-"},
               {metric.has_difference() ? signed_text(metric.metric(), metric.difference()) : "-"},
               {interval_text(metric)},
               {metric.verdict(), tone_of(metric.verdict())}});
        }
      }
    }
    if (shown + more + identical + alike == 0) return;
    heading(title);
    if (!table.empty()) out_ += table.render(color_);
    if (more > 0)
      faint(fmt::format("  ... and {}; --format json has all", counted(more, "more figure")));
    faint(fmt::format("  the same: {} exactly, {} within the interval",
                      counted(identical, "figure"), alike));
  }

  void requests() {
    if (report_.requests().empty()) return;
    heading("REQUESTS THAT ENDED OTHERWISE");
    for (const ComparedRequests& one : report_.requests()) {
      std::string text = fmt::format("  {}: {} of {}", one.load(), one.changed(), one.compared());
      if (one.only_before() > 0) text += fmt::format(", {} only before", one.only_before());
      if (one.only_after() > 0) text += fmt::format(", {} only after", one.only_after());
      if (one.not_kept() > 0) text += fmt::format("; {} more were not compared", one.not_kept());
      line(text);
      for (int i = 0; i < std::min(one.fates_size(), kMostFates); ++i)
        line(fmt::format("    {:>8}  {} -> {}", one.fates(i).requests(), one.fates(i).before(),
                         one.fates(i).after()));
      if (one.fates_size() > kMostFates)
        faint(fmt::format(
            "    ... and {}",
            counted(static_cast<std::uint64_t>(one.fates_size() - kMostFates), "more kind")));
    }
  }

  void examples() {
    if (report_.changed_requests().empty()) return;
    heading("THE FIRST DECISION THAT DIFFERED", "of some of them");
    const std::vector<AlikeRequests> kinds = alike_requests(report_.changed_requests());
    const std::size_t shown = std::min(kinds.size(), kMostExamples);
    for (const AlikeRequests& one : std::span(kinds).first(shown)) {
      const std::string more =
          one.requests > 1 ? fmt::format(", and {} like it", one.requests - 1) : "";
      line(fmt::format("  {} at {:.3f} s{}: {} -> {}", one.first->load(), one.first->at_s(), more,
                       one.first->before(), one.first->after()));
      line("    " + one.first->first_difference());
    }
    if (shown < kinds.size())
      faint(fmt::format("  ... and {}; --format json has all",
                        counted(kinds.size() - shown, "more kind")));
  }

  const DiffReport& report_;
  const Color color_;
  const std::string space_;  // ".shop"; empty: names are shown in full
  std::string out_;
};

}  // namespace

std::string diff_summary(const DiffReport& report, Color color) {
  return Text(report, color).text();
}

}  // namespace squall::reports
