// `squall run SCENARIO`: runs it, prints what happened, says whether its expectations hold.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "reports/pool.h"
#include "reports/summary.h"
#include "reports/write_json.h"
#include "scenarios/reader.h"
#include "scenarios/remarks.h"
#include "sim/run.h"

namespace squall::cli {
namespace {

std::atomic<bool> interrupted = false;
extern "C" void on_interrupt(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);  // who asks twice does not wait for a report
}

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

struct OneRun {
  std::optional<reports::RunData> data;
  Diagnostics problems, warnings;
};

/// Each expectation judged on the answers, which stand in the order of the queries.
void judge(const scenarios::Scenario& scenario, reports::RunData& data) {
  data.expectations.clear();
  std::size_t next = 0;
  for (const scenarios::Expectation& expectation : scenario.expectations) {
    std::vector<std::optional<double>> values;
    for (const reports::Query& query : expectation.queries) {
      const reports::Answer& answer = data.answers[next++];
      values.push_back(answer.front().value(query.metric, query.to - query.from));
    }
    const scenarios::Judgement judgement = scenarios::judge(expectation, values);
    data.expectations.push_back({.text = expectation.text,
                                 .ok = judgement.ok,
                                 .value = judgement.value,
                                 .why = judgement.text});
  }
  data.runs.assign(1, {.seed = data.seed, .verdict = {}});
  data.runs.front().verdict = reports::verdict_of(data);
}

/// Seeds seed ... seed+runs-1, each a function of its own; `jobs` of them at a time.
std::vector<OneRun> run_all(const scenarios::Scenario& scenario, const RunOptions& options,
                            Progress& progress) {
  std::vector<OneRun> results(static_cast<std::size_t>(options.runs));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < results.size() && !interrupted; i = next++) {
      scenarios::Scenario own = scenario;
      own.seed += i;
      sim::RunControl control{.stop = &interrupted,
                              .progress = [&](Instant at) { progress.at(at.time_since_epoch()); },
                              .decision_log = options.decision_log,
                              .decision_log_bytes = options.decision_log_megabytes << 20};
      auto data = sim::run(own, results[i].warnings, control);
      if (data) {
        judge(own, *data);
        results[i].data = std::move(*data);
      } else {
        results[i].problems = data.error();
      }
      progress.run_done();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < std::min(options.jobs, options.runs); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return results;
}

int finish(const scenarios::Scenario& scenario, std::vector<OneRun>& runs,
           const RunOptions& options) {
  Diagnostics warnings = scenario.warnings;
  std::optional<reports::RunData> pooled;
  for (OneRun& one : runs) {
    if (!one.problems.empty()) {
      print_messages(one.problems, options.output.color);
      return kBadInput;
    }
    warnings.add(one.warnings);
    if (!one.data) continue;
    if (!pooled) {
      pooled = std::move(*one.data);
    } else {
      reports::merge(*pooled, *one.data);
    }
  }
  print_messages(warnings, options.output.color);
  if (!pooled) return kInterrupted;
  const std::vector<reports::RunVerdict> verdicts = pooled->runs;
  judge(scenario, *pooled);
  pooled->runs = verdicts;
  for (const scenarios::Expectation& expectation : scenario.expectations) {
    for (std::string& remark : scenarios::remarks_on(expectation, *pooled))
      pooled->notes.push_back(std::move(remark));
  }
  const reports::RunReport report = reports::to_report(*pooled);
  const std::string text = options.output.json()
                               ? reports::to_json(report)
                               : reports::summary(report, options.output.colors());
  if (!options.output.write(text)) return kBadInput;
  if (interrupted) return kInterrupted;
  return report.verdict() == "pass" ? kYes : kNo;
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
  std::signal(SIGINT, on_interrupt);
  std::vector<OneRun> runs;
  {
    Progress progress(scenario->name, scenario->duration, options.runs);
    runs = run_all(*scenario, options, progress);
    if (options.timing) std::fprintf(stderr, "%.2f s of wall time\n", progress.wall_seconds());
  }
  return finish(*scenario, runs, options);
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
