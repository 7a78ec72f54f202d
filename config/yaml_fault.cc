#include "config/yaml_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace squall::config::internal {
namespace {

constexpr std::string_view kCheck = "check the indentation, and that the line above is complete";

std::string_view line_of(std::string_view text, int line) {
  for (int i = 1; i < line && !text.empty(); ++i) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  return text.substr(0, text.find('\n'));
}

/// Whether nothing but blanks and comments begins at the line.
bool is_end(std::string_view text, int line, int column) {
  const std::string_view rest_of_line = line_of(text, line);
  const std::size_t at =
      std::min(static_cast<std::size_t>(std::max(column - 1, 0)), rest_of_line.size());
  const auto offset = static_cast<std::size_t>(rest_of_line.data() - text.data()) + at;
  return text.find_first_not_of(" \t\r\n", offset) == std::string_view::npos;
}

struct Words {
  std::string_view message, what, advice;
};
constexpr std::array<Words, 12> kWords = {{
    {"illegal map value", "no key can stand here", kCheck},
    {"illegal map key", "no key can stand here", kCheck},
    {"illegal block entry", "no \"- \" can stand here", kCheck},
    {"end of map not found", "this belongs to no key", kCheck},
    {"end of sequence not found", "this belongs to no item", kCheck},
    {"illegal flow end", "this closes no bracket", "remove it, or put the text in quotes"},
    {"illegal EOF in scalar", "a quote is never closed", "close it; \\\" is a quote in quotes"},
    {"alias not found", "* begins an alias", "put the text in quotes"},
    {"illegal character found while scanning alias", "* begins an alias", "put the text in quotes"},
    {"anchor not found", "& begins an anchor", "put the text in quotes"},
    {"illegal character found while scanning anchor", "& begins an anchor",
     "put the text in quotes"},
    {"the referenced anchor is not defined", "no anchor of that name stands before this alias",
     "define it with &NAME, or put the text in quotes"},
}};

Fault in_other_words(const std::string& message, int line, int column, std::string_view line_text) {
  const auto at = std::min(static_cast<std::size_t>(std::max(column - 1, 0)), line_text.size());
  Fault fault{line, column, "not valid YAML: " + message, {}};
  if (message == "unknown token" && at < line_text.size()) {
    fault.what = fmt::format("not valid YAML: no text can begin with {}", line_text[at]);
    fault.advice = "put the text in quotes";
  } else if (message.starts_with("unknown escape")) {
    fault.advice =
        "in double quotes a backslash is written twice; in single quotes it stands for itself";
  } else if (message == "illegal map value" &&
             line_text.substr(0, at).find(": ") != std::string_view::npos) {
    fault.what = "not valid YAML: a second \": \"";
    fault.advice = "put a text that holds one in quotes";
  } else {
    const bool sign = at > 0 && (line_text[at - 1] == '*' || line_text[at - 1] == '&');
    if (sign && message.find("not found after") != std::string::npos) --fault.column;
    const auto words = std::ranges::find_if(
        kWords, [&](const Words& w) { return message.starts_with(w.message); });
    if (words != kWords.end()) {
      fault.what = fmt::format("not valid YAML: {}", words->what);
      fault.advice = words->advice;
    }
  }
  return fault;
}

/// What goes wrong where a bracket was not closed.
bool is_structural(const std::string& message) {
  return message.starts_with("end of ") || message.starts_with("illegal map") ||
         message.starts_with("illegal block");
}

}  // namespace

std::optional<Fault> find_template(std::string_view text, int last_line) {
  for (int line = 1; line <= last_line; ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    const std::size_t at = one.find("{{");
    if (at != std::string_view::npos && one.find("}}", at) != std::string_view::npos) {
      return Fault{line, static_cast<int>(at) + 1,
                   "not YAML but a template: {{ }} is filled in by Helm",
                   "render it first: helm template NAME CHART > manifests.yaml"};
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

Fault explain_yaml(std::string_view text, const std::string& message, int line, int column,
                   const OpenBracket& open) {
  const std::string_view line_text = line_of(text, line);
  const std::size_t tab = line_text.substr(0, line_text.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos) {
    return {line, static_cast<int>(tab) + 1, "not valid YAML: a tab in the indentation",
            "indent with spaces"};
  }
  if (open.bracket == '\0' || !is_structural(message)) {
    return in_other_words(message, line, column, line_text);
  }
  const char closing = open.bracket == '[' ? ']' : '}';
  const bool at_itself = line == open.line && column == open.column;
  if (at_itself || is_end(text, line, column)) {
    return {open.line, open.column,
            fmt::format("not valid YAML: the {} is never closed", open.bracket),
            fmt::format("add the {}", closing)};
  }
  return {line, column,
          fmt::format("not valid YAML: this cannot stand in the {} that begins at {}:{}",
                      open.bracket, open.line, open.column),
          fmt::format("close it with {}, or separate by a comma", closing)};
}

}  // namespace squall::config::internal
