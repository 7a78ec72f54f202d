// `squall diff SCENARIO`: runs it under two configurations, says what differs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "reports/diff_text.h"
#include "reports/write_json.h"
#include "scenarios/reader.h"
#include "scenarios/sides.h"
#include "sim/compare_runs.h"

namespace squall::cli {
namespace {

struct DiffOptions {
  std::string scenario;
  std::vector<std::string> before, after;
  scenarios::ReadOptions read;  // of both sides
  int runs = 1;
  int jobs = 1;
  std::string fail_on;
  bool timing = false;
  Output output;
};

struct Sides {
  scenarios::Scenario before, after;
};

/// What is wrong with the call; empty: nothing.
std::string check_call(const DiffOptions& options) {
  if (options.scenario.empty())
    return "SCENARIO is required, before --before and --after; see `squall help diff`";
  if (options.before.empty() && options.after.empty())
    return "nothing to compare: --before or --after says what is different on its side";
  auto standard_inputs = std::ranges::count(options.before, "-") +
                         std::ranges::count(options.after, "-") + (options.scenario == "-" ? 1 : 0);
  if (standard_inputs > 1) return "standard input (-) can be read only once";
  return {};
}

Result<scenarios::Scenario> read_side(const DiffOptions& options,
                                      const std::vector<std::string>& paths) {
  const auto read = scenarios::read_side(options.read, paths);
  if (!read) return std::unexpected(read.error());
  return scenarios::load_scenario(options.scenario, *read);
}

Result<Sides> read_sides(const DiffOptions& options) {
  auto before = read_side(options, options.before);
  auto after = read_side(options, options.after);
  if (!before || !after) {
    return std::unexpected(scenarios::of_sides(before ? Diagnostics() : before.error(),
                                               after ? Diagnostics() : after.error()));
  }
  return Sides{*std::move(before), *std::move(after)};
}

Result<sim::Compared> compare(const Sides& sides, const DiffOptions& options) {
  Progress progress(sides.before.name, sides.before.duration, options.runs * 2);
  auto compared =
      sim::compare_runs(sides.before, sides.after,
                        {.runs = options.runs,
                         .jobs = options.jobs,
                         .stop = &interrupted,
                         .progress = [&](Instant at) { progress.at(at.time_since_epoch()); },
                         .run_done = [&] { progress.run_done(); }});
  if (options.timing) std::fprintf(stderr, "%.2f s of wall time\n", progress.wall_seconds());
  return compared;
}

int status_of(const std::string& verdict, const std::string& fail_on) {
  if (interrupted) return kInterrupted;
  const bool fails = fail_on == "different" ? verdict != "same" : verdict == fail_on;
  return fails ? kNo : kYes;
}

int diff(const DiffOptions& options) {
  if (const std::string wrong = check_call(options); !wrong.empty()) {
    print_error(wrong);
    return kBadInput;
  }
  if (!options.output.can_write()) return kBadInput;
  const auto sides = read_sides(options);
  if (!sides) {
    print_messages(sides.error(), options.output.color);
    return kBadInput;
  }
  catch_interrupt();
  const auto compared = compare(*sides, options);
  if (!compared) {
    print_messages(compared.error(), options.output.color);
    return kBadInput;
  }
  Diagnostics warnings = scenarios::of_sides(sides->before.warnings, sides->after.warnings);
  warnings.add(compared->warnings);
  print_messages(warnings, options.output.color);
  const std::string text = options.output.json()
                               ? reports::to_json(compared->report)
                               : reports::diff_summary(compared->report, options.output.colors());
  if (!options.output.write(text)) return kBadInput;
  return status_of(compared->report.verdict(), options.fail_on);
}

}  // namespace

void add_diff(CLI::App& app, int& status) {
  CLI::App& command =
      *app.add_subcommand("diff", "run a scenario under two configurations and say what differs");
  auto options = std::make_shared<DiffOptions>();
  command.add_option("SCENARIO", options->scenario, "the scenario file, - for standard input");
  const std::string paths =
      "files or folders: manifests, of which the same kind, namespace and name replaces, and "
      "fragments of kind: Scenario; repeatable. Without it, the scenario as it stands";
  command.add_option("--before", options->before, paths)->type_name("PATH");
  command.add_option("--after", options->after, paths)->type_name("PATH");
  command
      .add_option("--set", options->read.sets,
                  "K=V, on both sides: a parameter, or a field of the spec by its path; repeatable")
      ->type_name("K=V")
      ->allow_extra_args(false);
  command.add_option("--runs", options->runs, "how many seeds, from the scenario's on")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  command.add_option("--jobs", options->jobs, "how many seeds at a time")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_option("--fail-on", options->fail_on, "exit 1 on that verdict, or on any but same")
      ->check(CLI::IsMember({"worse", "different"}));
  command.add_flag("--timing", options->timing, "wall time on standard error");
  options->output.add_options(command);
  command.footer(
      "Example:\n"
      "  squall diff scenarios/library/bookstore/payment-slow.yaml \\\n"
      "    --after scenarios/library/bookstore/without-timeout --runs 10 --fail-on worse");
  command.callback([&status, options] { status = diff(*options); });
}

}  // namespace squall::cli
