// `squall run SCENARIO`: runs it, prints what happened, says whether its expectations hold.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "reports/pool.h"
#include "reports/summary.h"
#include "reports/write_json.h"
#include "scenarios/reader.h"
#include "sim/replicate.h"

namespace squall::cli {
namespace {

struct RunOptions {
  std::string scenario;
  scenarios::ReadOptions read;
  std::string seed, duration;  // as written; empty: the scenario's
  int runs = 1;
  int jobs = 1;
  bool timing = false;
  std::string decision_log;
  std::uint64_t decision_log_megabytes = 1024;
  Output output;
};

int finish(const scenarios::Scenario& scenario, sim::Replications found,
           const RunOptions& options) {
  Diagnostics warnings = scenario.warnings;
  warnings.add(found.warnings);
  print_messages(warnings, options.output.color);
  if (!found.pooled) return kInterrupted;
  const reports::RunReport report = reports::to_report(*found.pooled);
  const std::string text = options.output.json()
                               ? reports::to_json(report)
                               : reports::summary(report, options.output.colors());
  if (!options.output.write(text)) return kBadInput;
  if (interrupted) return kInterrupted;
  return report.verdict() == "pass" ? kYes : kNo;
}

Result<sim::Replications> replicate(const scenarios::Scenario& scenario,
                                    const RunOptions& options) {
  Progress progress(scenario.name, scenario.duration, options.runs);
  const sim::ReplicateControl control{
      .runs = options.runs,
      .jobs = options.jobs,
      .each = {.stop = &interrupted,
               .progress = [&](Instant at) { progress.at(at.time_since_epoch()); },
               .decision_log = options.decision_log,
               .decision_log_bytes = options.decision_log_megabytes << 20},
      .run_done = [&] { progress.run_done(); }};
  auto found = sim::replicate(scenario, control);
  if (options.timing) std::fprintf(stderr, "%.2f s of wall time\n", progress.wall_seconds());
  return found;
}

int run(RunOptions options) {
  // `--manifests A B SCENARIO`: it takes all that follows, but the scenario is needed.
  if (options.scenario.empty() && options.read.manifests.size() > 1) {
    options.scenario = std::move(options.read.manifests.back());
    options.read.manifests.pop_back();
  }
  if (options.scenario.empty()) {
    print_error("SCENARIO is required; see `squall help run`");
    return kBadInput;
  }
  if (!options.decision_log.empty() && options.runs > 1) {
    print_error("--decision-log is of one run; leave out --runs");
    return kBadInput;
  }
  if (!options.output.can_write()) return kBadInput;
  if (!options.seed.empty()) options.read.sets.push_back("spec.seed=" + options.seed);
  if (!options.duration.empty()) options.read.sets.push_back("spec.duration=" + options.duration);
  const auto scenario = scenarios::load_scenario(options.scenario, options.read);
  if (!scenario) {
    print_messages(scenario.error(), options.output.color);
    return kBadInput;
  }
  catch_interrupt();
  auto found = replicate(*scenario, options);
  if (!found) {
    print_messages(found.error(), options.output.color);
    return kBadInput;
  }
  return finish(*scenario, *std::move(found), options);
}

/// Checks of options: empty, or what is wrong.
std::string check_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (code == std::errc{} && end == text.data() + text.size()) return {};
  return fmt::format("expected an integer from 0 to 18446744073709551615, got {}", text);
}

std::string check_duration(const std::string& text) {
  const std::optional<Duration> duration = parse_duration(text);
  if (duration && *duration > Duration(0)) return {};
  return fmt::format("expected a duration such as 90s or 5m, got {}", text);
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  CLI::App& command =
      *app.add_subcommand("run", "run a scenario in virtual time and judge what it expects");
  auto options = std::make_shared<RunOptions>();
  command.add_option("SCENARIO", options->scenario, "the scenario file, - for standard input");
  command
      .add_option("--set", options->read.sets,
                  "K=V: a parameter, or a field of the spec by its path; repeatable")
      ->type_name("K=V")
      ->allow_extra_args(false);
  command.add_option("--seed", options->seed, "instead of the scenario's")
      ->type_name("N")
      ->check(check_seed);
  command.add_option("--runs", options->runs, "how many seeds, from the seed on")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  command.add_option("--jobs", options->jobs, "how many runs at a time")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_option("--duration", options->duration, "of the load, instead of the scenario's")
      ->type_name("D")
      ->check(check_duration);
  command
      .add_option("--manifests", options->read.manifests,
                  "files or folders, after those of the scenario: the same kind, namespace and "
                  "name replaces; repeatable")
      ->type_name("PATH");
  command
      .add_option("--decision-log", options->decision_log,
                  "write down all that proxies decide, for squall replay; one run")
      ->type_name("FILE");
  command
      .add_option("--decision-log-limit", options->decision_log_megabytes,
                  "megabytes after which the decision log ends")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 20));
  command.add_flag("--timing", options->timing, "wall time on standard error");
  options->output.add_options(command);
  command.footer(
      "Example:\n  squall run scenarios/library/bookstore/payment-slow.yaml --runs 20 --jobs 2");
  command.callback([&status, options] { status = run(*options); });
}

}  // namespace squall::cli
