#include "scenarios/shipped.h"

#include <algorithm>

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
  const std::vector<Shipped> known = shipped();
  const bool one = std::ranges::any_of(known, [&](const Shipped& of) { return of.name == name; });
  const std::string_view folder = one ? folder_of(name) : name;
  std::vector<ShippedFile> out;
  for (const ShippedFile& file : shipped_files()) {
    const bool alone =
        one && folder.empty() && file.path.substr(0, file.path.size() - kEnding.size()) == name;
    if (alone || (!folder.empty() && folder_of(file.path) == folder)) out.push_back(file);
  }
  return out;
}

}  // namespace squall::scenarios
