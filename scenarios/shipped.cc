#include "scenarios/shipped.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/document.h"

namespace squall::scenarios {
namespace {

constexpr std::string_view kEnding = ".yaml";

/// The line that begins so, without that; empty: there is none.
std::string_view line_with(std::string_view text, std::string_view begin) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (const std::string_view line = text.substr(at, end - at); line.starts_with(begin))
      return line.substr(begin.size());
    at = end + 1;
  }
  return {};
}

/// Of the comment that a file begins with, however its lines are broken.
std::string first_sentence(std::string_view text) {
  std::string sentence;
  while (text.starts_with("# ")) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!sentence.empty()) sentence += ' ';
    sentence += text.substr(2, end - 2);
    if (const std::size_t stop = sentence.find(". "); stop != std::string::npos)
      return sentence.substr(0, stop + 1);
    if (sentence.ends_with('.')) return sentence;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sentence;
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string summary_of(const ShippedFile& file) {
  std::string own = first_sentence(file.text);
  if (!own.empty()) return own;
  const std::string scenario = std::string(file.path.substr(0, file.path.rfind('/') + 1)) +
                               std::string(line_with(file.text, "  scenario: "));
  const auto found = std::ranges::find(shipped_files(), scenario, &ShippedFile::path);
  return found == shipped_files().end() ? own : first_sentence(found->text);
}

/// Calls `take` for each scalar that is a value.
template <class Take>
void each_scalar(const config::Node& node, const Take& take) {
  if (node.is_scalar()) take(node.text);
  for (const config::Node& item : node.items) each_scalar(item, take);
  for (const config::Node::Member& member : node.members) each_scalar(member.value, take);
}

/// The file by that path, and all that it names: files and folders as seen from its own.
void add_needed(const std::string& path, std::set<std::string_view>& out) {
  const auto found = std::ranges::find(shipped_files(), path, &ShippedFile::path);
  if (found == shipped_files().end() || !out.insert(found->path).second) return;
  if (line_with(found->text, "apiVersion: ") != "squall.dev/v1") return;
  const auto documents = config::parse_documents(found->text, path);
  if (!documents) return;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const config::Node& document : *documents) {
    each_scalar(document, [&](const std::string& text) {
      std::string named = (folder / text).lexically_normal().string();
      if (named.ends_with('/')) named.pop_back();
      if (text.empty() || named.empty() || named == folder) return;
      for (const ShippedFile& file : shipped_files()) {
        const bool below = file.path.starts_with(named) && file.path.size() > named.size() &&
                           file.path[named.size()] == '/';
        if (below || file.path == named) add_needed(std::string(file.path), out);
      }
    });
  }
}

}  // namespace

std::vector<Shipped> shipped() {
  std::vector<Shipped> out;
  for (const ShippedFile& file : shipped_files()) {
    if (!file.path.ends_with(kEnding)) continue;
    const std::string_view kind = line_with(file.text, "kind: ");
    if (line_with(file.text, "apiVersion: ") != "squall.dev/v1") continue;
    if (kind != "Scenario" && kind != "Test") continue;
    out.push_back({.name = std::string(file.path.substr(0, file.path.size() - kEnding.size())),
                   .summary = summary_of(file),
                   .is_test = kind == "Test"});
  }
  std::ranges::sort(out, {}, &Shipped::name);
  return out;
}

std::vector<ShippedFile> files_of_shipped(std::string_view name) {
  const std::string file = std::string(name) + std::string(kEnding);
  const bool one =
      std::ranges::any_of(shipped(), [&](const Shipped& of) { return of.name == name; });
  std::set<std::string_view> wanted;
  if (one) add_needed(file, wanted);
  std::vector<ShippedFile> out;
  for (const ShippedFile& of : shipped_files()) {
    const bool in_folder = !one && !name.empty() && folder_of(of.path) == name;
    if (in_folder || wanted.contains(of.path)) out.push_back(of);
  }
  return out;
}

}  // namespace squall::scenarios
