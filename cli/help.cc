// `squall help [COMMAND]`: what `squall COMMAND --help` prints.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/messages.h"

namespace squall::cli {

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

void add_help(CLI::App& app, int& status) {
  CLI::App& help = *app.add_subcommand("help", "explain a command");
  auto command = std::make_shared<std::string>();
  help.add_option("COMMAND", *command,
                  "the command to explain; without it, all of them in a line each");
  help.footer("Example:\n  squall help run");
  help.callback([&app, &status, command] {
    if (command->empty()) {
      std::fputs(app.help().c_str(), stdout);
      return;
    }
    const CLI::App* found = find_command(app, *command);
    if (found == nullptr) {
      print_error(fmt::format("\"{}\" is no command; see `squall help`", *command));
      status = kBadInput;
      return;
    }
    std::fputs(found->help().c_str(), stdout);
  });
}

}  // namespace squall::cli
