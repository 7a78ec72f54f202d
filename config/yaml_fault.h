// YAML fault: a YAML parser's complaint in words that say what to change; part of how document.cc
// works inside.
//
// yaml-cpp names its own states ("illegal map value"); the text around the place tells what the
// user did: a tab, a text that wanted quotes, a bracket that is not closed. Cost: linear in the
// text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/document_events.h"

namespace squall::config::internal {

/// The innermost [ or { that was open.
struct OpenBracket {
  char bracket = '\0';  // none
  int line = 0, column = 0;
};

/// `line` and `column` count from 1, as everywhere.
Fault explain_yaml(std::string_view text, const std::string& message, int line, int column,
                   const OpenBracket& open);

/// Where a text that is no YAML is a template instead, such as a chart's; none: it is not one down
/// to the line.
std::optional<Fault> find_template(std::string_view text, int last_line);

}  // namespace squall::config::internal
