// Manifests: the Kubernetes and Istio documents of a scenario, gathered and told apart by name
// only.
//
// A document replaces an earlier one of the same kind, namespace and name in its place, so that a
// run can be given a changed resource beside the ones it stands for. Lists (`kind: List`) are taken
// apart. What the documents say is not looked at here. Cost: linear, with a map of the names.
#pragma once
#include <compare>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/value.h"
#include "policies/base/result.h"

namespace squall::scenarios {

/// By which manifests are told apart.
struct ManifestName {
  std::string group, kind, space, name;  // space: "default" where none is written
  friend auto operator<=>(const ManifestName&, const ManifestName&) = default;
};
/// None without a kind or a name.
std::optional<ManifestName> manifest_name(const config::Node& document);

class Manifests {
 public:
  /// Documents of one source; one that stands twice in it is a warning.
  void add(std::vector<config::Node> documents, Diagnostics& diagnostics);
  /// The same of what is to replace others; what only misses one by its namespace is a warning.
  void replace(std::vector<config::Node> documents, Diagnostics& diagnostics);
  /// The same of all files below a path. Errors: what cannot be read.
  void replace_path(const std::string& path, Diagnostics& diagnostics);
  /// A path of a scenario's list; what is wrong with it stands there.
  void add_listed(const config::Value& path, const std::filesystem::path& folder);
  std::vector<config::Node> take() && { return std::move(documents_); }

 private:
  void add_path(const std::string& path, Diagnostics& diagnostics);
  void add_one(config::Node document, Diagnostics& diagnostics);
  void warn_of_namespace(const ManifestName& name, const config::Node& document,
                         Diagnostics& diagnostics) const;

  std::vector<config::Node> documents_;
  struct Known {
    std::size_t index = 0;
    int source = 0;
  };
  std::map<ManifestName, Known> known_;
  int source_ = 0;
  bool replacing_ = false;
};

}  // namespace squall::scenarios
