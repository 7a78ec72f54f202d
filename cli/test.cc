// `squall test [PATH...]`: runs the tests of files, says which hold.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
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
  Diagnostics messages;                         // mistakes in those, and what was left out
  std::set<std::string> identities;             // of both
};

/// The same for each name of a file.
std::string identity_of(const std::string& file) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(file, error);
  const std::filesystem::path path = std::filesystem::weakly_canonical(whole, error);
  return error ? file : path.string();
}

/// `named`: by the user; else a folder has it, where something else may have such a name.
Result<std::optional<scenarios::TestFile>> read(const std::string& file, bool named) {
  if (!named) return scenarios::load_if_test_file(file);
  auto tests = scenarios::load_test_file(file);
  if (!tests) return std::unexpected(std::move(tests.error()));
  return std::optional(*std::move(tests));
}

void load(const std::string& file, bool named, Loaded& all) {
  auto tests = read(file, named);
  if (!tests) {
    all.unreadable.push_back(sim::unreadable(file, tests.error()));
    all.messages.add(tests.error());
  } else if (*tests) {
    all.files.push_back(**std::move(tests));
  } else {
    all.messages.add({file, 0, 0, Severity::kNote, "is no kind: Test, so it is left out", {}});
    return;
  }
  all.identities.insert(identity_of(file));
}

/// A path that leads nowhere is wrong with the call; a file that cannot be read is a failure of its
/// own, beside which the others run. A file is loaded once, however often it is named.
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
      if (!all.identities.contains(identity_of(file))) load(file, file == path, all);
    }
  }
  if (problems.has_errors()) return std::unexpected(std::move(problems));
  return all;
}

/// Two results in one place would be no file of either. False, with a message, where they would.
bool junit_has_its_place(const TestOptions& options) {
  if (options.junit == "-") {
    print_error("--junit: standard output has the result already; name a file");
    return false;
  }
  if (options.junit.empty() || options.output.file == "-" ||
      identity_of(options.junit) != identity_of(options.output.file))
    return true;
  print_error("--junit and -o name the same file; give each its own");
  return false;
}

/// Writes what is known of each test at once, and the rest at the end; a file is written whole.
class Results {
 public:
  explicit Results(const Output& output)
      : output_(output), at_once_(output.file == "-" && !output.json()) {}

  void add(const reports::TestResult& test) {
    if (at_once_ && good_) good_ = output_.write(text_of(test));
  }
  /// False, with a message, when something could not be written.
  bool end(const reports::TestReport& report) {
    if (!good_) return false;
    if (output_.json()) return output_.write(reports::to_json(report));
    std::string text;
    if (!at_once_) {
      for (const reports::TestResult& test : report.tests()) text += text_of(test);
    }
    if (output_.format == "text") text += reports::counts_text(report, output_.colors());
    return output_.write(text);
  }

 private:
  std::string text_of(const reports::TestResult& test) const {
    return output_.format == "github" ? reports::to_github(test)
                                      : reports::test_text(test, output_.colors());
  }

  const Output& output_;
  const bool at_once_;
  bool good_ = true;
};

int status_of(const reports::TestReport& report) {
  if (interrupted) return kInterrupted;
  if (report.errors() > 0) return kBadInput;
  return report.failed() > 0 ? kNo : kYes;
}

int test(const TestOptions& options) {
  const Output junit{.format = "junit", .file = options.junit, .color = "never"};
  if (!junit_has_its_place(options) || !options.output.can_write() ||
      (!options.junit.empty() && !junit.can_write()))
    return kBadInput;
  const auto loaded = load_all(options.paths);
  if (!loaded) {
    print_messages(loaded.error(), options.output.color);
    return kBadInput;
  }
  auto cases = sim::select_tests(loaded->files, options.run);
  if (!cases && !loaded->unreadable.empty()) cases = std::vector<sim::TestCase>();
  if (!cases) {
    print_messages(loaded->messages, options.output.color);
    print_messages(cases.error(), options.output.color);
    return kBadInput;
  }
  catch_interrupt();
  const Stopwatch watch;
  const int cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  Diagnostics warnings = loaded->messages;
  reports::TestReport report;
  Results results(options.output);
  for (const reports::TestResult& one : loaded->unreadable) {
    *report.add_tests() = one;
    results.add(one);
  }
  {
    Count count("tests", cases->size());
    const sim::TestControl control{
        .jobs = options.jobs > 0 ? options.jobs : cores,
        .stop = &interrupted,
        .test_done = [&] { count.one_more(); },
        .known = [&](const reports::TestResult& one) { count.aside([&] { results.add(one); }); }};
    for (reports::TestResult& one : sim::run_tests(*cases, control, warnings))
      *report.add_tests() = std::move(one);
  }
  reports::finish(report);
  if (options.timing) std::fprintf(stderr, "%.2f s of wall time\n", watch.seconds());
  print_messages(warnings, options.output.color);
  if (!options.junit.empty() && !junit.write(reports::to_junit(report))) return kBadInput;
  if (!results.end(report)) return kBadInput;
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
