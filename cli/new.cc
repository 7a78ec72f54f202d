// `squall new`: a scenario to begin with: a blank one, one of the library, or a draft for
// manifests.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "config/resources.h"
#include "scenarios/draft.h"
#include "scenarios/shipped.h"
#include "scenarios/unknown_name.h"

namespace squall::cli {
namespace {

namespace fs = std::filesystem;

struct NewOptions {
  std::string name;
  std::vector<std::string> manifests;
  std::string out;  // empty: standard output, or the folder's own name
  std::string color = "auto";
};

int fail(const NewOptions& options, std::string what, std::string advice) {
  print_messages(error(std::move(what), std::move(advice)).error(), options.color);
  return kBadInput;
}

int write_text(const NewOptions& options, const std::string& text) {
  Output output;
  if (!options.out.empty()) output.file = options.out;
  output.color = options.color;
  if (output.file != "-" && fs::exists(output.file))
    return fail(options, fmt::format("{} is there already", output.file),
                "give another one with -o");
  return output.can_write() && output.write(text) ? kYes : kBadInput;
}

/// Paths as the draft's own file must name them.
std::vector<std::string> seen_from(const std::string& file, const std::vector<std::string>& paths) {
  if (file.empty() || file == "-") return paths;
  std::vector<std::string> out;
  const fs::path folder = fs::absolute(file).parent_path();
  for (const std::string& path : paths) {
    std::string from = fs::absolute(path)
                           .lexically_normal()
                           .lexically_relative(folder.lexically_normal())
                           .string();
    out.push_back(from.empty() ? path : from);
  }
  return out;
}

int draft(const NewOptions& options) {
  config::Resources resources;
  Diagnostics diagnostics;
  const bool loaded = resources.load(options.manifests, diagnostics);
  print_messages(diagnostics, options.color);
  if (!loaded) return kBadInput;
  if (!scenarios::has_workloads(resources)) {
    return fail(options, "the manifests have no Deployment, StatefulSet or Pod",
                "name the files or folders that have them");
  }
  return write_text(options,
                    scenarios::draft(resources, seen_from(options.out, options.manifests)));
}

int copy_shipped(const NewOptions& options) {
  const std::vector<scenarios::ShippedFile> files = scenarios::files_of_shipped(options.name);
  if (files.empty()) {
    std::vector<std::string> names;
    for (const scenarios::Shipped& one : scenarios::shipped()) names.push_back(one.name);
    const std::vector<std::string_view> known(names.begin(), names.end());
    print_messages(Diagnostics(scenarios::unknown_name(
                       {}, fmt::format("the library has no \"{}\"", options.name), options.name,
                       known, "`squall list` shows what there is")),
                   options.color);
    return kBadInput;
  }
  const std::string_view first = files.front().path;
  const std::string_view folder =
      first.substr(0, first.find('/') == first.npos ? 0 : first.find('/'));
  const fs::path into = !options.out.empty() ? fs::path(options.out)
                                             : fs::path(folder.empty() ? options.name : folder);
  if (fs::exists(into))
    return fail(options, fmt::format("{} is there already", into.string()),
                "give another folder with -o");
  for (const scenarios::ShippedFile& file : files) {
    const fs::path path = into / file.path.substr(folder.empty() ? 0 : folder.size() + 1);
    std::error_code failure;
    fs::create_directories(path.parent_path(), failure);
    std::ofstream out(path, std::ios::binary);
    out << file.text;
    if (failure || !out.flush())
      return fail(options, fmt::format("{} cannot be written", path.string()),
                  "give another folder with -o");
    fmt::print("{}\n", path.string());
  }
  return kYes;
}

int make_new(const NewOptions& options) {
  if (!options.name.empty() && !options.manifests.empty()) {
    return fail(options, "a name of the library and --manifests are two beginnings",
                "give one of them");
  }
  if (!options.name.empty()) return copy_shipped(options);
  return options.manifests.empty() ? write_text(options, scenarios::blank_draft()) : draft(options);
}

}  // namespace

void add_new(CLI::App& app, int& status) {
  CLI::App& command =
      *app.add_subcommand("new", "begin a scenario: a blank one, of the library, or for manifests");
  auto options = std::make_shared<NewOptions>();
  command.add_option("NAME", options->name, "one of `squall list`, to be copied with its files");
  command
      .add_option("--manifests", options->manifests,
                  "draft one for these; who calls whom is guessed, and marked as a guess")
      ->type_name("PATH...");
  command.add_option("-o", options->out,
                     "the file to write, or with NAME the folder; nothing there is overwritten");
  command.add_option("--color", options->color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command.footer(
      "Example:\n  squall new --manifests scenarios/library/bookstore/manifests -o draft.yaml\n"
      "  squall new outages/brown-out -o brown-out");
  command.callback([&status, options] { status = make_new(*options); });
}

}  // namespace squall::cli
