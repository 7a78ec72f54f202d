// `squall test [PATH...]`: runs the tests of files, says which hold.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "reports/test_formats.h"
#include "reports/test_report.h"
#include "reports/write_json.h"
#include "scenarios/test_file.h"
#include "sim/run_tests.h"

namespace squall::cli {
namespace {

struct TestOptions {
  std::vector<std::string> paths;
  std::string run;  // a regular expression
  int jobs = 0;     // 0: as many as there are cores
  bool timing = false;
  std::string junit;
  Output output;
};

struct Loaded {
  std::vector<scenarios::TestFile> files;
  std::vector<reports::TestResult> unreadable;  // a file each
  Diagnostics mistakes;                         // in those
};

/// A path that leads nowhere is wrong with the call; a file that cannot be read is a failure of its
/// own, beside which the others run.
Result<Loaded> load_all(const std::vector<std::string>& paths) {
  Loaded all;
  Diagnostics problems;
  for (const std::string& path : paths) {
    const auto files = scenarios::test_files_of(path);
    if (!files) {
      problems.add(files.error());
      continue;
    }
    for (const std::string& file : *files) {
      auto tests = scenarios::load_test_file(file);
      if (tests) {
        all.files.push_back(*std::move(tests));
      } else {
        all.unreadable.push_back(sim::unreadable(file, tests.error()));
        all.mistakes.add(tests.error());
      }
    }
  }
  if (problems.has_errors()) return std::unexpected(std::move(problems));
  return all;
}

std::string text_of(const reports::TestReport& report, const Output& output) {
  if (output.json()) return reports::to_json(report);
  if (output.format == "github") return reports::to_github(report);
  return reports::test_summary(report, output.colors());
}

int status_of(const reports::TestReport& report) {
  if (interrupted) return kInterrupted;
  if (report.errors() > 0) return kBadInput;
  return report.failed() > 0 ? kNo : kYes;
}

int test(const TestOptions& options) {
  const Output junit{.format = "junit", .file = options.junit, .color = "never"};
  if (!options.output.can_write() || (!options.junit.empty() && !junit.can_write()))
    return kBadInput;
  const auto loaded = load_all(options.paths);
  if (!loaded) {
    print_messages(loaded.error(), options.output.color);
    return kBadInput;
  }
  auto cases = sim::select_tests(loaded->files, options.run);
  if (!cases && !loaded->unreadable.empty()) cases = std::vector<sim::TestCase>();
  if (!cases) {
    print_messages(cases.error(), options.output.color);
    return kBadInput;
  }
  catch_interrupt();
  const Stopwatch watch;
  const int cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  Diagnostics warnings = loaded->mistakes;
  reports::TestReport report;
  for (const reports::TestResult& one : loaded->unreadable) *report.add_tests() = one;
  {
    Count count("tests", cases->size());
    const sim::TestControl control{.jobs = options.jobs > 0 ? options.jobs : cores,
                                   .stop = &interrupted,
                                   .test_done = [&] { count.one_more(); }};
    for (reports::TestResult& one : sim::run_tests(*cases, control, warnings))
      *report.add_tests() = std::move(one);
  }
  reports::finish(report);
  if (options.timing) std::fprintf(stderr, "%.2f s of wall time\n", watch.seconds());
  print_messages(warnings, options.output.color);
  if (!options.junit.empty() && !junit.write(reports::to_junit(report))) return kBadInput;
  if (!options.output.write(text_of(report, options.output))) return kBadInput;
  return status_of(report);
}

}  // namespace

void add_test(CLI::App& app, int& status) {
  CLI::App& command = *app.add_subcommand("test", "run tests of scenarios and say which hold");
  auto options = std::make_shared<TestOptions>();
  options->paths = {"."};
  command
      .add_option("PATH", options->paths,
                  "test files, or folders in which names of them end in _test.yaml; without one, "
                  "this folder")
      ->type_name("PATH");
  command
      .add_option("--run", options->run,
                  "only tests whose `SUITE: NAME` this regular expression finds")
      ->type_name("REGEX");
  command.add_option("--jobs", options->jobs, "how many runs at a time; without it, one a core")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_option("--junit", options->junit, "write the results as JUnit's XML, too")
      ->type_name("FILE");
  command.add_flag("--timing", options->timing, "wall time on standard error");
  options->output.add_options(command, {"text", "json", "github"});
  command.footer(
      "Example:\n  squall test scenarios/ --junit squall.xml\n"
      "Exit status: 0 all hold, 1 one does not, 2 one cannot be run.");
  command.callback([&status, options] { status = test(*options); });
}

}  // namespace squall::cli
