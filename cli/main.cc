// `squall`: the command line. Results on standard output, everything else on standard error.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"
#include "config/value.h"

namespace squall::cli {
namespace {

constexpr const char* kVersion = "squall 0.1.0";

/// A check that fails aborts; to whoever called us that is an internal error like any other.
extern "C" void on_abort(int) { std::_Exit(kOurFault); }

/// `did you mean --duration? ` where a word looks like an option that there is not.
std::string option_advice(const CLI::App& command, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    word = word.substr(0, word.find('='));
    if (!word.starts_with("--") || std::ranges::find(known, word) != known.end()) continue;
    if (const auto near = config::nearest(word, known))
      return fmt::format("did you mean {}? ", *near);
  }
  return {};
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
  app.require_subcommand(0, 1);
  int status = kYes;
  add_run(app, status);
  add_test(app, status);
  add_diff(app, status);
  add_graph(app, status);
  add_new(app, status);
  add_list(app, status);
  add_compile(app, status);
  add_replay(app, status);
  add_schema(app, status);
  add_help(app, status);
  add_lab(app, status);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return kBadInput;
  }
  // The app's own words for an unknown command do not name the commands.
  if (argv[1][0] != '-' && find_command(app, argv[1]) == nullptr) {
    print_error(no_command(app, argv[1]));
    return kBadInput;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    const CLI::App* command = find_command(app, argv[1]);
    const std::string advice = option_advice(command != nullptr ? *command : app, argc, argv);
    print_error(fmt::format("{}; {}see `squall help{}`", wrong.what(), advice,
                            command == nullptr ? "" : " " + command->get_name()));
    return kBadInput;
  }
  return status;
}

}  // namespace
}  // namespace squall::cli

int main(int argc, char** argv) {
  std::signal(SIGABRT, squall::cli::on_abort);
  std::signal(SIGPIPE, SIG_DFL);  // `squall ... | head` ends as other tools do
  try {
    return squall::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    squall::cli::print_error("out of memory");
  } catch (const std::exception& e) {
    squall::cli::print_error(fmt::format("internal error: {}", e.what()));
  }
  return squall::cli::kOurFault;
}
