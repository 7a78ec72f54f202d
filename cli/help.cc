// `squall help [COMMAND]`: what `squall COMMAND --help` prints.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"

namespace squall::cli {

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::string no_command(const CLI::App& app, const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return fmt::format("\"{}\" is no command; commands are {}", name, fmt::join(names, ", "));
}

void add_help(CLI::App& app, int& status) {
  CLI::App& help = *app.add_subcommand("help", "explain a command");
  auto command = std::make_shared<std::string>();
  help.add_option("COMMAND", *command,
                  "the command to explain; without it, all of them in a line each");
  help.footer("Example:\n  squall help run");
  help.callback([&app, &status, command] {
    // Not app.help(): that is the help of the command being parsed, which is this one.
    const auto formatter = app.get_formatter();
    if (command->empty()) {
      std::fputs(formatter->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal).c_str(),
                 stdout);
      return;
    }
    const CLI::App* found = find_command(app, *command);
    if (found == nullptr) {
      print_error(no_command(app, *command));
      status = kBadInput;
      return;
    }
    const std::string name = app.get_name() + " " + found->get_name();
    std::fputs(found->get_formatter()->make_help(found, name, CLI::AppFormatMode::Normal).c_str(),
               stdout);
  });
}

}  // namespace squall::cli
