// `squall lab PLAN`: carries out one of envoylab's plans in virtual time and prints the record.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/messages.h"
#include "scenarios/lab_plan.h"
#include "sim/lab/lab.h"

namespace squall::cli {
namespace {

int lab(const std::string& path, const std::string& decision_log) {
  const auto plan = scenarios::load_lab_plan(path);
  if (!plan) {
    print_messages(plan.error());
    return kBadInput;
  }
  const auto record = sim::run_lab(*plan, decision_log);
  if (!record) {
    print_messages(record.error());
    return kBadInput;
  }
  const std::string text = sim::lab::to_json(*record);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kYes;
}

}  // namespace

void add_lab(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("lab", "Carries out a conformance case in virtual time.");
  command->group("");
  auto path = std::make_shared<std::string>();
  command->add_option("plan", *path, "The plan that envoylab wrote.")->required();
  auto log = std::make_shared<std::string>();
  command->add_option("--decision-log", *log, "A file for all that is decided.");
  command->callback([path, log, &status] { status = lab(*path, *log); });
}

}  // namespace squall::cli
