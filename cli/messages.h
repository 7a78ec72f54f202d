// Messages: diagnostics on standard error, as a compiler's.
#pragma once
#include <string>

#include "policies/base/result.h"
#include "reports/text.h"

namespace squall::cli {

/// The text of all of them: errors one by one; warnings and notes that differ in place and names
/// only as one line with their number, and at most 20 lines of them.
std::string messages_text(const Diagnostics& diagnostics, reports::Color color);

/// Writes it to standard error, in colours as --color says.
void print_messages(const Diagnostics& diagnostics, const std::string& color = "auto");

/// `squall: error: ...`, for what has no place.
void print_error(const std::string& what);

}  // namespace squall::cli
