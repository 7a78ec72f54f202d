#include "scenarios/manifests.h"

#include <fmt/format.h>

#include <string_view>

namespace squall::scenarios {
namespace {

using config::Node;

std::string_view text_at(const Node* node, std::string_view key) {
  const Node* found = node == nullptr || !node->is_mapping() ? nullptr : node->find(key);
  return found != nullptr && found->is_scalar() ? std::string_view(found->text)
                                                : std::string_view();
}

/// Squall's own documents may lie beside the manifests.
bool is_own(const Node& document) {
  return text_at(&document, "apiVersion").starts_with("squall.dev/");
}

}  // namespace

std::optional<ManifestName> manifest_name(const Node& document) {
  const Node* metadata = document.is_mapping() ? document.find("metadata") : nullptr;
  const std::string_view kind = text_at(&document, "kind");
  const std::string_view name = text_at(metadata, "name");
  if (kind.empty() || name.empty()) return std::nullopt;
  const std::string_view version = text_at(&document, "apiVersion");
  const std::size_t slash = version.find('/');
  const std::string_view group =
      slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
  const std::string_view space = text_at(metadata, "namespace");
  return ManifestName{std::string(group), std::string(kind),
                      std::string(space.empty() ? "default" : space), std::string(name)};
}

void Manifests::add(std::vector<Node> documents, Diagnostics& diagnostics) {
  ++source_;
  for (Node& document : documents) {
    const Node* items = document.is_mapping() ? document.find("items") : nullptr;
    if (items != nullptr && items->is_sequence() && text_at(&document, "kind").ends_with("List")) {
      for (const Node& item : items->items) add_one(item, diagnostics);
    } else {
      add_one(std::move(document), diagnostics);
    }
  }
}

void Manifests::add_one(Node document, Diagnostics& diagnostics) {
  if (is_own(document)) return;
  const std::optional<ManifestName> name = manifest_name(document);
  if (!name) {
    documents_.push_back(std::move(document));
    return;
  }
  const auto [known, fresh] = known_.try_emplace(*name, Known{documents_.size(), source_});
  if (fresh) {
    if (replacing_) warn_of_namespace(*name, document, diagnostics);
    documents_.push_back(std::move(document));
    return;
  }
  if (known->second.source == source_) {
    diagnostics.add(
        document.diagnose(Severity::kWarning, fmt::format("{} {}/{} stands twice; this one counts",
                                                          name->kind, name->space, name->name)));
  }
  known->second.source = source_;
  documents_[known->second.index] = std::move(document);
}

/// Where it says none, or one that nothing else is in, another one of its name may be meant.
void Manifests::warn_of_namespace(const ManifestName& name, const Node& document,
                                  Diagnostics& diagnostics) const {
  const std::string_view written = text_at(document.find("metadata"), "namespace");
  const ManifestName* meant = nullptr;
  for (const auto& [other, known] : known_) {
    if (known.source == source_) continue;
    if (!written.empty() && other.space == name.space) return;
    if (other.group == name.group && other.kind == name.kind && other.name == name.name)
      meant = &other;
  }
  if (meant == nullptr) return;
  diagnostics.add(document.diagnose(
      Severity::kWarning,
      fmt::format("{} {}/{} replaces nothing: the one that there is stands in namespace {}",
                  name.kind, name.space, name.name, meant->space),
      fmt::format("did you mean metadata.namespace: {}?", meant->space)));
}

void Manifests::replace(std::vector<Node> documents, Diagnostics& diagnostics) {
  replacing_ = true;
  add(std::move(documents), diagnostics);
  replacing_ = false;
}

void Manifests::replace_path(const std::string& path, Diagnostics& diagnostics) {
  replacing_ = true;
  add_path(path, diagnostics);
  replacing_ = false;
}

void Manifests::add_path(const std::string& path, Diagnostics& diagnostics) {
  const Result<std::vector<std::string>> files = config::files_of(path);
  if (!files) return diagnostics.add(files.error());
  std::vector<Node> all;
  for (const std::string& file : *files) {
    Result<std::vector<Node>> documents = config::load_documents(file);
    if (!documents) {
      diagnostics.add(documents.error());
      continue;
    }
    for (Node& document : *documents) all.push_back(std::move(document));
  }
  add(std::move(all), diagnostics);
}

void Manifests::add_listed(const config::Value& path, const std::filesystem::path& folder) {
  if (!path || !path.node().is_scalar()) return path.expected("a path");
  Diagnostics found;
  add_path((folder / path.node().text).string(), found);
  for (const Diagnostic& one : found.all()) {
    if (one.line > 0) {
      path.diagnostics().add(one);
    } else {
      path.report(one.severity, one.what, one.advice);
    }
  }
}

}  // namespace squall::scenarios
