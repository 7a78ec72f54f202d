#include "cli/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

#include "cli/terminal.h"

namespace squall::cli {
namespace {

constexpr std::size_t kMostWarnings = 20;

/// What it says without the names in quotes, so that the same mistake about another name is the
/// same; all of it where another name was meant, which differs.
std::string gist(const Diagnostic& diagnostic) {
  if (diagnostic.advice.starts_with("did you mean")) return to_string(diagnostic);
  std::string text;
  bool quoted = false;
  for (const char c : diagnostic.what) {
    if (c == '"') quoted = !quoted;
    if (!quoted) text += c;
  }
  return text;
}

std::string colored(const Diagnostic& diagnostic, reports::Color color) {
  std::string text = to_string(diagnostic);
  const bool error = diagnostic.severity == Severity::kError;
  const std::string_view word = error                                       ? "error:"
                                : diagnostic.severity == Severity::kWarning ? "warning:"
                                                                            : "note:";
  const std::size_t at = text.find(word);
  if (at == std::string::npos) return text;
  const auto tone = error ? reports::Tone::kBad : reports::Tone::kWarning;
  return text.substr(0, at) + reports::paint(word, tone, color) + text.substr(at + word.size());
}

struct Group {
  std::string key;
  const Diagnostic* first;
  std::size_t more = 0;
};

}  // namespace

std::string messages_text(const Diagnostics& diagnostics, reports::Color color) {
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  std::string out;
  std::vector<Group> groups;
  for (const Diagnostic& diagnostic : sorted) {
    if (diagnostic.severity == Severity::kError) {
      out += colored(diagnostic, color) + '\n';
      continue;
    }
    std::string key = gist(diagnostic);
    const auto same =
        std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.key == key; });
    if (same != groups.end()) {
      ++same->more;
    } else {
      groups.push_back({std::move(key), &diagnostic});
    }
  }
  const std::size_t shown = groups.size() > kMostWarnings ? kMostWarnings - 1 : groups.size();
  for (std::size_t i = 0; i < shown; ++i) {
    out += colored(*groups[i].first, color);
    if (groups[i].more > 0) out += fmt::format(" (and {} more like it)", groups[i].more);
    out += '\n';
  }
  if (shown < groups.size())
    out += fmt::format("... and {} more kinds of warnings\n", groups.size() - shown);
  return out;
}

void print_messages(const Diagnostics& diagnostics, const std::string& color) {
  const std::string text = messages_text(diagnostics, color_for(color, stderr_is_terminal()));
  std::fputs(text.c_str(), stderr);
}

void print_error(const std::string& what) {
  const auto color = color_for("auto", stderr_is_terminal());
  std::fputs(
      fmt::format("squall: {} {}\n", reports::paint("error:", reports::Tone::kBad, color), what)
          .c_str(),
      stderr);
}

}  // namespace squall::cli
