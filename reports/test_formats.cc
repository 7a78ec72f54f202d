#include "reports/test_formats.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "reports/summary.h"
#include "reports/test_report.h"

namespace squall::reports {
namespace {

/// XML 1.0 has no control characters but tab and line ends, and not the last two of a plane.
std::string xml_character(std::string_view one) {
  if (one == "&") return "&amp;";
  if (one == "<") return "&lt;";
  if (one == ">") return "&gt;";
  if (one == "\"") return "&quot;";
  if (one == "\n") return "&#10;";
  if (one == "\t") return "&#9;";
  const bool control = static_cast<unsigned char>(one[0]) < 0x20 || one[0] == 0x7f;
  const bool none = control || one == "\xef\xbf\xbe" || one == "\xef\xbf\xbf";
  return std::string(none ? "\xef\xbf\xbd" : one);  // U+FFFD
}

/// Of text and attributes alike.
std::string xml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = 1;  // of a character in UTF-8
    while (length < text.size() && (text[length] & 0xc0) == 0x80) ++length;
    out += xml_character(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

std::string problem_text(const Problem& problem) {
  std::string place = problem.file();
  if (problem.line() > 0) place += fmt::format(":{}:{}", problem.line(), problem.column());
  return fmt::format("{}{}{}: {}", place, place.empty() ? "" : ": ", problem.severity(),
                     problem.message());
}

/// What was got and wanted, or why there is nothing to say.
std::vector<std::string> reasons_of(const TestResult& test) {
  std::vector<std::string> reasons;
  for (const Problem& problem : test.problems()) {
    if (problem.severity() == "error") reasons.push_back(problem_text(problem));
  }
  for (const Expectation& expectation : test.expectations()) {
    if (!expectation.ok())
      reasons.push_back(fmt::format("{}: {}", expectation.text(), why_text(expectation)));
  }
  if (reasons.empty()) reasons.emplace_back("interrupted");
  return reasons;
}

std::string findings_of(const TestResult& test) {
  std::string out;
  for (const std::string& finding : test.findings()) out += "- " + finding + "\n";
  return out;
}

std::string details_of(const TestResult& test) {
  std::string out;
  for (const std::string& reason : reasons_of(test)) out += reason + "\n";
  out += findings_of(test);
  for (const Happening& one : test.timeline())
    out += fmt::format("{:.3f} s  {} {}{}{}\n", one.at_s(), one.what(), one.who(),
                       one.why().empty() ? "" : ": ", one.why());
  return out;
}

std::string testcase(const TestResult& test) {
  std::string out = fmt::format("    <testcase name=\"{}\" classname=\"{}\" file=\"{}\"",
                                xml(test.name()), xml(test.suite()), xml(test.file()));
  if (test.line() > 0) out += fmt::format(" line=\"{}\"", test.line());
  std::string told = test.has_threshold() ? threshold_text(test.threshold()) : "";
  if (test.verdict() == "pass") told += findings_of(test);
  const std::string printed =
      told.empty() ? "" : fmt::format("      <system-out>{}</system-out>\n", xml(told));
  if (test.verdict() == "pass")
    return printed.empty() ? out + "/>\n" : out + ">\n" + printed + "    </testcase>\n";
  const std::string_view kind = test.verdict() == "fail"    ? "failure"
                                : test.verdict() == "error" ? "error"
                                                            : "skipped";
  out += fmt::format(">\n      <{} message=\"{}\">{}</{}>\n", kind, xml(reasons_of(test).front()),
                     xml(details_of(test)), kind);
  return out + printed + "    </testcase>\n";
}

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  void add(const TestResult& test) {
    ++tests;
    failures += test.verdict() == "fail" ? 1 : 0;
    errors += test.verdict() == "error" ? 1 : 0;
    skipped += test.verdict() == "interrupted" ? 1 : 0;
  }
  std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests, failures,
                       errors, skipped);
  }
};

/// A value of a workflow command, or what follows its `::`.
std::string github(std::string_view text, bool is_value) {
  std::string out;
  for (const char c : text) {
    const bool escaped = c == '%' || c == '\r' || c == '\n' || (is_value && (c == ':' || c == ','));
    out += escaped ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

}  // namespace

std::string to_junit(const TestReport& report) {
  Counts all;
  std::string suites;
  for (int i = 0; i < report.tests_size();) {
    Counts own;
    std::string cases;
    const TestResult& first = report.tests(i);
    for (; i < report.tests_size() && report.tests(i).file() == first.file(); ++i) {
      own.add(report.tests(i));
      all.add(report.tests(i));
      cases += testcase(report.tests(i));
    }
    suites += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", xml(first.suite()),
                          own.attributes(), cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"squall\" "
      "{}>\n{}</testsuites>\n",
      all.attributes(), suites);
}

std::string to_github(const TestResult& test) {
  std::string out;
  const auto add = [&](std::string_view command, const std::string& text) {
    const std::string line = test.line() > 0 ? fmt::format(",line={}", test.line()) : "";
    out += fmt::format("::{} file={}{},title={}::{}\n", command, github(test.file(), true), line,
                       github(test.suite() + ": " + test.name(), true), github(text, false));
  };
  if (test.has_threshold()) add("notice", threshold_text(test.threshold()));
  if (test.verdict() != "pass") {
    add("error", details_of(test));
  } else if (test.findings_size() > 0) {
    add("warning", findings_of(test));
  }
  return out;
}

std::string to_github(const TestReport& report) {
  std::string out;
  for (const TestResult& test : report.tests()) out += to_github(test);
  return out;
}

}  // namespace squall::reports
