// `squall list`: the scenarios and tests that come with this program.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/output.h"
#include "scenarios/shipped.h"

namespace squall::cli {
namespace {

std::string to_text(const std::vector<scenarios::Shipped>& all) {
  std::size_t widest = 0;
  for (const scenarios::Shipped& one : all) widest = std::max(widest, one.name.size());
  std::string out;
  for (const scenarios::Shipped& one : all)
    out += fmt::format("{:<{}}  {:<8}  {}\n", one.name, widest, one.is_test ? "tests" : "scenario",
                       one.summary);
  return out + "\n`squall new NAME` writes one with its files into a folder of your own.\n";
}

std::string to_json(const std::vector<scenarios::Shipped>& all) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const scenarios::Shipped& one : all) {
    out.push_back({{"name", one.name},
                   {"kind", one.is_test ? "Test" : "Scenario"},
                   {"summary", one.summary}});
  }
  return out.dump(2) + "\n";
}

}  // namespace

void add_list(CLI::App& app, int& status) {
  CLI::App& command = *app.add_subcommand("list", "the library of scenarios and tests");
  auto output = std::make_shared<Output>();
  output->add_options(command);
  command.footer("Example:\n  squall list\n  squall new outages/brown-out");
  command.callback([&status, output] {
    if (!output->can_write()) {
      status = kBadInput;
      return;
    }
    const auto all = scenarios::shipped();
    const std::string text = output->json() ? to_json(all) : to_text(all);
    status = output->write(text) ? kYes : kBadInput;
  });
}

}  // namespace squall::cli
