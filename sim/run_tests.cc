#include "sim/run_tests.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>

#include "reports/pool.h"
#include "reports/test_report.h"
#include "sim/replicate.h"
#include "sim/routes.h"
#include "sim/side_by_side.h"
#include "sim/threshold.h"

namespace squall::sim {
namespace {

void put_problems(const Diagnostics& diagnostics, reports::TestResult& out) {
  for (const Diagnostic& one : diagnostics.sorted()) {
    reports::Problem& problem = *out.add_problems();
    problem.set_severity(one.severity == Severity::kError     ? "error"
                         : one.severity == Severity::kWarning ? "warning"
                                                              : "note");
    problem.set_file(one.file);
    problem.set_line(static_cast<std::uint32_t>(one.line));
    problem.set_column(static_cast<std::uint32_t>(one.column));
    problem.set_message(one.advice.empty() ? one.what : one.what + "; " + one.advice);
  }
}

struct Outcome {
  reports::TestResult result;
  Diagnostics warnings;
};

Outcome failed_to_run(Outcome out, const Diagnostics& problems) {
  out.result.set_verdict("error");
  put_problems(problems, out.result);
  return out;
}

Outcome look_up_routes(const scenarios::Scenario& scenario, const TestCase& one, Outcome out) {
  out.warnings = scenario.warnings;
  reports::RunData data;
  auto results = check_routes(scenario, one.test->routes, out.warnings);
  if (!results) return failed_to_run(std::move(out), results.error());
  data.expectations = *std::move(results);
  out.result.set_verdict(reports::verdict_of(data));
  *out.result.mutable_expectations() = reports::to_report(data).expectations();
  put_problems(out.warnings, out.result);
  return out;
}

Outcome search(const TestCase& one, int jobs, const std::atomic<bool>* stop, Outcome out) {
  const auto done = find_threshold(one, jobs, stop, out.result, out.warnings);
  if (!done) return failed_to_run(std::move(out), done.error());
  put_problems(out.warnings, out.result);
  return out;
}

Outcome run_one(const TestCase& one, int jobs, const std::atomic<bool>* stop) {
  Outcome out;
  reports::TestResult& result = out.result;
  result.set_file(one.file->file);
  result.set_line(static_cast<std::uint32_t>(one.test->place.line));
  result.set_suite(one.file->name);
  result.set_name(one.test->name);
  result.set_scenario(one.file->scenario);
  if (one.test->threshold) return search(one, jobs, stop, std::move(out));
  const auto scenario = scenarios::load_scenario(one.file->scenario, one.test->read);
  if (!scenario) return failed_to_run(std::move(out), scenario.error());
  if (!one.test->routes.empty()) return look_up_routes(*scenario, one, std::move(out));
  const auto found =
      replicate(*scenario, {.runs = one.test->runs, .jobs = jobs, .each = {.stop = stop}});
  if (!found) return failed_to_run(std::move(out), found.error());
  result.set_verdict("interrupted");
  if (found->pooled) reports::put_run(reports::to_report(*found->pooled), result);
  out.warnings = scenario->warnings;
  out.warnings.add(found->warnings);
  put_problems(out.warnings, result);
  return out;
}

/// Tells of outcomes in their order, whichever is known first.
class InOrder {
 public:
  InOrder(const std::vector<Outcome>& outcomes, const TestControl& control)
      : outcomes_(outcomes), control_(control), done_(outcomes.size()) {}

  void done(std::size_t index) {
    if (!control_.known) return;
    const std::scoped_lock lock(mutex_);
    done_[index] = true;
    for (; next_ < done_.size() && done_[next_]; ++next_) control_.known(outcomes_[next_].result);
  }

 private:
  const std::vector<Outcome>& outcomes_;
  const TestControl& control_;
  std::mutex mutex_;
  std::vector<bool> done_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::vector<TestCase>> select_tests(std::span<const scenarios::TestFile> files,
                                           const std::string& regex) {
  const RE2 wanted(regex, RE2::Quiet);
  if (!wanted.ok())
    return error(fmt::format("\"{}\" is no regular expression: {}", regex, wanted.error()));
  std::vector<TestCase> cases;
  for (const scenarios::TestFile& file : files) {
    for (const scenarios::Test& test : file.tests) {
      if (RE2::PartialMatch(fmt::format("{}: {}", file.name, test.name), wanted))
        cases.push_back({.file = &file, .test = &test});
    }
  }
  if (cases.empty() && regex.empty()) return error("there is no test in any of the files");
  if (cases.empty()) return error(fmt::format("no test's name has \"{}\" in it", regex));
  return cases;
}

reports::TestResult unreadable(const std::string& file, const Diagnostics& problems) {
  reports::TestResult result;
  result.set_file(file);
  result.set_suite(file);
  result.set_name("the file");
  result.set_verdict("error");
  put_problems(problems, result);
  return result;
}

std::vector<reports::TestResult> run_tests(std::span<const TestCase> cases,
                                           const TestControl& control, Diagnostics& warnings) {
  std::vector<Outcome> outcomes(cases.size());
  // Tests side by side, and where they are few, their runs.
  const auto count = static_cast<int>(std::min<std::size_t>(cases.size(), 1024));
  const int threads = std::max(std::min(control.jobs, count), 1);
  const int jobs = std::max(control.jobs / threads, 1);
  InOrder order(outcomes, control);
  side_by_side(outcomes.size(), threads, nullptr, [&](std::size_t i) {
    outcomes[i] = run_one(cases[i], jobs, control.stop);
    if (control.test_done) control.test_done();
    order.done(i);
  });
  std::vector<reports::TestResult> results;
  for (Outcome& one : outcomes) {
    warnings.add(one.warnings);
    results.push_back(std::move(one.result));
  }
  return results;
}

}  // namespace squall::sim
