#include "cli/output.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/messages.h"
#include "cli/terminal.h"

namespace squall::cli {

void Output::add_options(CLI::App& command, std::vector<std::string> formats) {
  command.add_option("--format", format, "text for people, the others for programs")
      ->check(CLI::IsMember(std::move(formats)))
      ->capture_default_str();
  command.add_option("-o,--output", file, "write the result to FILE instead of standard output")
      ->type_name("FILE");
  command.add_option("--color", color, "auto is: on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

reports::Color Output::colors() const {
  return color_for(color, file == "-" && stdout_is_terminal());
}

bool Output::can_write() const {
  if (file == "-") return true;
  std::FILE* out = std::fopen(file.c_str(), "ab");  // leaves what is there until all is known
  if (out == nullptr) {
    print_error(fmt::format("cannot write {}: {}", file, std::strerror(errno)));
    return false;
  }
  std::fclose(out);
  return true;
}

bool Output::write(const std::string& text) const {
  const bool to_stdout = file == "-";
  std::FILE* out = to_stdout ? stdout : std::fopen(file.c_str(), "wb");
  bool good = out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (out != nullptr) good = (to_stdout ? std::fflush(out) : std::fclose(out)) == 0 && good;
  if (!good)
    print_error(fmt::format("cannot write {}: {}", to_stdout ? "standard output" : file,
                            std::strerror(errno)));
  return good;
}

}  // namespace squall::cli
