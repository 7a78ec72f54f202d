#include "scenarios/among.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::scenarios {
namespace {

bool is_scenario(const config::Node& document) {
  const config::Node* kind = document.is_mapping() ? document.find("kind") : nullptr;
  return kind != nullptr && kind->is_scalar() && kind->text == "Scenario";
}

}  // namespace

Result<Scenario> load_among(const std::vector<std::string>& paths, ReadOptions options) {
  Diagnostics problems;
  std::vector<std::string> scenarios;
  for (const std::string& path : paths) {
    if (path == "-") {
      scenarios.push_back(path);
      continue;
    }
    const auto files = config::files_of(path);
    if (!files) problems.add(files.error());
    for (const std::string& file : files ? *files : std::vector<std::string>()) {
      const auto documents = config::load_documents(file);
      if (!documents) {
        problems.add(documents.error());
      } else if (std::ranges::any_of(*documents, is_scenario)) {
        scenarios.push_back(file);
      } else {
        options.manifests.push_back(file);
      }
    }
  }
  if (scenarios.size() > 1) {
    problems.add(
        {.file = {},
         .what = fmt::format("there is more than one scenario: {}", fmt::join(scenarios, ", ")),
         .advice = "name one"});
  }
  if (problems.has_errors()) return std::unexpected(std::move(problems));
  if (!scenarios.empty()) return load_scenario(scenarios.front(), options);
  auto alone = read_scenario("apiVersion: squall.dev/v1\nkind: Scenario\nspec: {}\n", paths.front(),
                             options);
  if (!alone) return alone;
  alone->warnings = Diagnostics({.file = paths.front(),
                                 .severity = Severity::kWarning,
                                 .what = "no document of kind Scenario",
                                 .advice = "manifests alone do not say who calls whom"});
  return alone;
}

}  // namespace squall::scenarios
