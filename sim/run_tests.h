// run_tests: the tests of files, several at a time.
//
// Each test is its scenario with what the test changes, run for its seeds. What is found does not
// depend on how many run at a time. A test whose scenario cannot be read or run is an error of its
// own; the others go on. Cost: that of the runs.
#pragma once
#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "policies/base/result.h"
#include "reports/test_report.pb.h"
#include "scenarios/test_file.h"

namespace squall::sim {

struct TestControl {
  int jobs = 1;
  const std::atomic<bool>* stop = nullptr;    // set: those not yet begun are "interrupted"
  std::function<void()> test_done = nullptr;  // by any thread
  /// Of each, in the order of the cases and one at a time, as soon as those before it are known.
  std::function<void(const reports::TestResult&)> known = nullptr;
};

struct TestCase {
  const scenarios::TestFile* file = nullptr;
  const scenarios::Test* test = nullptr;
};

/// Those whose `SUITE: NAME` the regular expression finds; empty: all. Errors: it is none, or finds
/// nothing.
Result<std::vector<TestCase>> select_tests(std::span<const scenarios::TestFile> files,
                                           const std::string& regex);

/// Stands for the tests of a file that cannot be read.
reports::TestResult unreadable(const std::string& file, const Diagnostics& problems);

/// Results in the order of the cases. Warnings go to `warnings`, too.
std::vector<reports::TestResult> run_tests(std::span<const TestCase> cases,
                                           const TestControl& control, Diagnostics& warnings);

}  // namespace squall::sim
