// `squall graph PATH...`: who calls whom, how often, and what saturates first, without a run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "reports/pool.h"
#include "scenarios/among.h"
#include "scenarios/unknown_name.h"
#include "sim/feeds.h"
#include "sim/graph/graph_report.h"
#include "sim/replicate.h"

namespace squall::cli {
namespace {

struct GraphOptions {
  std::vector<std::string> paths;
  scenarios::ReadOptions read;
  std::string blast;
  bool run = false;
  Output output;
};

/// The workload of that name, kNone where none was asked for.
Result<std::uint32_t> find_workload(const sim::GraphReport& report, const std::string& name) {
  if (name.empty()) return kNone;
  const reports::Names shortened = report.names();
  std::vector<std::string> shown;
  for (std::uint32_t i = 0; i < report.graph.workloads.size(); ++i) {
    const std::string& whole = report.graph.workloads[i].name;
    if (sim::names(name, whole)) return i;
    shown.push_back(shortened(whole));
  }
  const std::vector<std::string_view> known(shown.begin(), shown.end());
  std::vector<std::string_view> meant = known;  // without a namespace, too
  for (const std::string_view one : known) meant.push_back(one.substr(0, one.find('.')));
  return std::unexpected(Diagnostics(
      scenarios::unknown_name({}, fmt::format("--blast: there is no workload \"{}\"", name), name,
                              meant, "the workloads are " + scenarios::list_of(known))));
}

std::string written(const sim::GraphReport& report, std::uint32_t blast, const Output& output) {
  if (output.json()) return sim::to_json(report);
  if (output.format == "dot") return sim::to_dot(report, blast);
  if (output.format == "mermaid") return sim::to_mermaid(report, blast);
  return sim::to_text(report, blast, output.colors());
}

/// Runs the scenario once; what it counted goes into the report. kYes, or why not.
int run(const scenarios::Scenario& scenario, const Output& output, sim::GraphReport& report) {
  catch_interrupt();
  Progress progress(scenario.name, scenario.duration, 1);
  const sim::ReplicateControl control{
      .each = {.stop = &interrupted,
               .progress = [&](Instant at) { progress.at(at.time_since_epoch()); }},
      .run_done = [&] { progress.run_done(); }};
  auto found = sim::replicate(scenario, control);
  if (!found) {
    print_messages(found.error(), output.color);
    return kBadInput;
  }
  if (!found->pooled || interrupted) return kInterrupted;
  report.run = reports::to_report(*found->pooled);
  return kYes;
}

int graph(const GraphOptions& options) {
  if (!options.output.can_write()) return kBadInput;
  const auto scenario = scenarios::load_among(options.paths, options.read);
  if (!scenario) {
    print_messages(scenario.error(), options.output.color);
    return kBadInput;
  }
  Diagnostics warnings = scenario->warnings;
  auto report = sim::graph_report(*scenario, warnings);
  print_messages(warnings, options.output.color);
  if (!report) {
    print_messages(report.error(), options.output.color);
    return kBadInput;
  }
  const auto blast = find_workload(*report, options.blast);
  if (!blast) {
    print_messages(blast.error(), options.output.color);
    return kBadInput;
  }
  if (options.run) {
    if (const int status = run(*scenario, options.output, *report); status != kYes) return status;
  }
  return options.output.write(written(*report, *blast, options.output)) ? kYes : kBadInput;
}

}  // namespace

void add_graph(CLI::App& app, int& status) {
  CLI::App& command = *app.add_subcommand(
      "graph", "who calls whom and how often, and what saturates first, without a run");
  auto options = std::make_shared<GraphOptions>();
  command
      .add_option("PATH", options->paths,
                  "a scenario, - for standard input; manifests beside those that it names")
      ->required()
      ->type_name("PATH...");
  command
      .add_option("--set", options->read.sets,
                  "K=V: a parameter, or a field of the spec by its path; repeatable")
      ->type_name("K=V")
      ->allow_extra_args(false);
  command.add_option("--blast", options->blast, "say what fails when this workload is down")
      ->type_name("WORKLOAD");
  command.add_flag("--run", options->run,
                   "run the scenario too, and put what it counted beside what was solved");
  options->output.add_options(command, {"text", "dot", "mermaid", "json"});
  command.footer(
      "Example:\n  squall graph scenarios/library/bookstore/payment-slow.yaml\n"
      "  squall graph scenarios/library/bookstore/payment-slow.yaml --format mermaid -o mesh.mmd");
  command.callback([&status, options] { status = graph(*options); });
}

}  // namespace squall::cli
