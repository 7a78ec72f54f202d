// `squall`: the command line. Results on standard output, everything else on standard error.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"

namespace squall::cli {
namespace {

constexpr const char* kVersion = "squall 0.1.0";

/// A check that fails aborts; to whoever called us that is an internal error like any other.
extern "C" void on_abort(int) { std::_Exit(kOurFault); }

/// The app's own words for a missing or an unknown command do not name the commands.
bool is_command(const CLI::App& app, const char* word) {
  return find_command(app, word) != nullptr;
}

std::string known_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

int run(int argc, char** argv) {
  CLI::App app(
      "Says what a mesh's configuration will do when things go wrong, before it is applied.",
      "squall");
  app.set_version_flag("--version", kVersion);
  app.footer(
      "Exit status: 0 yes, 1 the answer is no, 2 wrong usage or input, 3 an internal error, 130 "
      "interrupted.\n"
      "Example:\n  squall run scenarios/library/bookstore/payment-slow.yaml");
  int status = kYes;
  add_run(app, status);
  add_compile(app, status);
  add_schema(app, status);
  add_help(app, status);
  add_lab(app, status);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return kBadInput;
  }
  if (argv[1][0] != '-' && !is_command(app, argv[1])) {
    print_error(fmt::format("\"{}\" is no command; commands are {}", argv[1], known_commands(app)));
    return kBadInput;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    print_error(fmt::format("{}; see `squall help{}`", wrong.what(),
                            argv[1][0] == '-' ? "" : " " + std::string(argv[1])));
    return kBadInput;
  }
  return status;
}

}  // namespace
}  // namespace squall::cli

int main(int argc, char** argv) {
  std::signal(SIGABRT, squall::cli::on_abort);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return squall::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    squall::cli::print_error("out of memory");
  } catch (const std::exception& e) {
    squall::cli::print_error(fmt::format("internal error: {}", e.what()));
  }
  return squall::cli::kOurFault;
}
