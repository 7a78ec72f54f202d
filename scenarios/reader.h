// Reader: a scenario file -> Scenario, or all that is wrong with it.
//
// A file holds one `kind: Scenario` and may hold Kubernetes and Istio documents; those of
// spec.manifests (paths relative to the file) come before them. `--set` changes the document before
// it is read, so that a changed duration also moves the windows of the expectations. Nothing is
// compiled or resolved here. Cost: linear in the text.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"
#include "scenarios/model.h"
#include "scenarios/parameters.h"

namespace squall::scenarios {

/// What is different from the file. Overrides come first, then sets, `each`, and patches.
struct ReadOptions {
  std::vector<std::string>
      sets{};  // "K=V", in order; --seed and --duration are spec.seed=, spec.duration=
  std::vector<Setting> each{};           // of a test
  std::vector<std::string> manifests{};  // paths from the working directory, after all others
  std::vector<std::vector<config::Node>> documents{};  // manifests that were read, after those
  std::vector<config::Node> overrides{};  // fragments of spec, merged in order (merge.h)
  std::vector<config::Node> patches{};    // fragments of manifests, likewise
};

/// Reads the file, "-" for standard input.
Result<Scenario> load_scenario(const std::string& path, const ReadOptions& options = {});
/// The same of a text; `file` names it in messages and says where relative paths begin.
Result<Scenario> read_scenario(std::string_view text, const std::string& file,
                               const ReadOptions& options = {});

}  // namespace squall::scenarios
