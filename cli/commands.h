// Commands: what `squall` can be asked for, one function and one file each.
//
// A function adds its command to the app; when the command is the one called, it puts its exit
// status into `status`. Options are checked by the app; a command reads, calls the libraries and
// writes.
#pragma once
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace squall::cli {

/// Null: there is no such command.
const CLI::App* find_command(const CLI::App& app, const std::string& name);
/// `"NAME" is no command`, and which there are.
std::string no_command(const CLI::App& app, const std::string& name);

/// Exit statuses that every command uses.
enum Exit : int { kYes = 0, kNo = 1, kBadInput = 2, kOurFault = 3, kInterrupted = 130 };

void add_run(CLI::App& app, int& status);
void add_test(CLI::App& app, int& status);
void add_diff(CLI::App& app, int& status);
void add_graph(CLI::App& app, int& status);
void add_new(CLI::App& app, int& status);
void add_list(CLI::App& app, int& status);
void add_compile(CLI::App& app, int& status);
void add_replay(CLI::App& app, int& status);
void add_schema(CLI::App& app, int& status);
void add_help(CLI::App& app, int& status);
/// Not listed in the help: for envoylab.
void add_lab(CLI::App& app, int& status);

}  // namespace squall::cli
