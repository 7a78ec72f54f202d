#include "reports/test_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/findings.h"
#include "reports/summary.h"
#include "reports/timeline.h"

namespace squall::reports {
namespace {

constexpr std::size_t kMostFindings = 6;
constexpr std::size_t kMostHappenings = 15;

std::string place_of(const TestResult& test) {
  return test.line() > 0 ? fmt::format("{}:{}", test.file(), test.line()) : test.file();
}

class Text {
 public:
  explicit Text(Color color) : color_(color) {}

  void add(const TestResult& test) {
    const bool passed = test.verdict() == "pass";
    std::string head = fmt::format("{} {}: {}", mark(passed), test.suite(), test.name());
    if (passed && test.expectations().empty()) head += "  (expects nothing)";
    if (test.verdict() == "interrupted") head += "  (interrupted)";
    if (test.runs_size() > 1) head += fmt::format("  ({} runs)", test.runs_size());
    line(head);
    if (test.has_threshold()) line("    " + threshold_text(test.threshold()));
    if (passed) {
      for (const std::string& finding : test.findings()) line("    - " + finding);
      return;
    }
    line(paint(fmt::format("    {}  {}", place_of(test), test.scenario()), Tone::kFaint, color_));
    for (const Problem& problem : test.problems()) add(problem);
    for (const Expectation& expectation : test.expectations()) {
      if (!expectation.ok())
        line(fmt::format("    {} {}\n        {}", mark(false), expectation.text(),
                         why_text(expectation)));
    }
    for (const std::string& finding : test.findings()) line("    - " + finding);
    for (const Happening& one : test.timeline())
      line(fmt::format("    {:>10.3f} s  {} {}{}{}", one.at_s(), one.what(), one.who(),
                       one.why().empty() ? "" : ": ", one.why()));
  }

  void counts(const TestReport& report) {
    std::string text = fmt::format("{}: {} passed, {} failed",
                                   counted(static_cast<std::uint64_t>(report.tests_size()), "test"),
                                   report.passed(), report.failed());
    if (report.errors() > 0) text += fmt::format(", {} could not be run", report.errors());
    if (report.verdict() == "interrupted") text += ", interrupted";
    line(paint(text, report.verdict() == "pass" ? Tone::kGood : Tone::kBad, color_));
  }

  std::string take() { return std::move(out_); }

 private:
  std::string mark(bool good) const {
    return good ? paint("✓", Tone::kGood, color_) : paint("✗", Tone::kBad, color_);
  }
  void add(const Problem& problem) {
    if (problem.severity() != "error") return;
    std::string place = problem.file();
    if (problem.line() > 0) place += fmt::format(":{}:{}", problem.line(), problem.column());
    line(fmt::format("    {}{}error: {}", place, place.empty() ? "" : ": ", problem.message()));
  }
  void line(const std::string& text) { out_ += text + "\n"; }

  Color color_;
  std::string out_;
};

}  // namespace

void put_run(const RunReport& run, TestResult& out) {
  out.set_verdict(run.verdict());
  *out.mutable_expectations() = run.expectations();
  *out.mutable_runs() = run.runs();
  const bool passed = run.verdict() == "pass";
  for (const std::string& finding : passed ? unrouted(run) : findings(run)) {
    if (static_cast<std::size_t>(out.findings_size()) == kMostFindings) break;
    out.add_findings(finding);
  }
  if (passed) return;
  for (const TimelineRow& row : timeline_rows(run, Names(run))) {
    if (static_cast<std::size_t>(out.timeline_size()) == kMostHappenings) break;
    Happening& one = *out.add_timeline();
    one.set_at_s(row.at_s);
    one.set_what(row.what);
    one.set_who(row.who);
    one.set_why(row.why);
  }
}

void finish(TestReport& report) {
  report.set_schema_version(kTestSchemaVersion);
  bool interrupted = false;
  for (const TestResult& test : report.tests()) {
    if (test.verdict() == "pass") {
      report.set_passed(report.passed() + 1);
    } else if (test.verdict() == "fail") {
      report.set_failed(report.failed() + 1);
    } else if (test.verdict() == "error") {
      report.set_errors(report.errors() + 1);
    } else {
      interrupted = true;
    }
  }
  report.set_verdict(interrupted           ? "interrupted"
                     : report.errors() > 0 ? "error"
                     : report.failed() > 0 ? "fail"
                                           : "pass");
}

std::string threshold_text(const Threshold& one) {
  const bool above = one.holds() == "above";
  return fmt::format(
      "threshold of {}: {} ({} holds {} it: at {}, not at {}; {} and {} checked in {} each)",
      one.parameter(), one.value(), one.of(), one.holds(), above ? one.above() : one.below(),
      above ? one.below() : one.above(), one.lower(), one.upper(), counted(one.runs(), "run"));
}

std::string test_text(const TestResult& test, Color color) {
  Text text(color);
  text.add(test);
  return text.take();
}

std::string counts_text(const TestReport& report, Color color) {
  Text text(color);
  text.counts(report);
  return text.take();
}

std::string test_summary(const TestReport& report, Color color) {
  std::string out;
  for (const TestResult& test : report.tests()) out += test_text(test, color);
  return out + counts_text(report, color);
}

}  // namespace squall::reports
