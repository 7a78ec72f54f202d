// Output: where a command's result goes and how it looks; the options that such commands share.
#pragma once
#include <string>
#include <vector>

#include "reports/text.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace squall::cli {

struct Output {
  std::string format = "text";
  std::string file = "-";
  std::string color = "auto";

  /// --format, -o FILE and --color.
  void add_options(CLI::App& command, std::vector<std::string> formats = {"text", "json"});
  bool json() const { return format == "json"; }
  /// For the text that goes there.
  reports::Color colors() const;
  /// Whether there is any use in working for the result. False, with a message, when there is not.
  bool can_write() const;
  /// Writes the result. False, with a message, when it cannot.
  bool write(const std::string& text) const;
};

}  // namespace squall::cli
