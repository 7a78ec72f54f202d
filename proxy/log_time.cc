#include "proxy/log_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <iterator>
#include <string_view>

namespace squall::proxy {
namespace {

/// What strftime does not know, or takes for local time, written out: %s, %f and %1f to %9f.
std::string with_fractions(std::string_view format, std::int64_t unix_ns) {
  std::string out;
  const std::string digits = fmt::format("{:09}", unix_ns % 1'000'000'000);
  while (!format.empty()) {
    const std::size_t percent = format.find('%');
    out += format.substr(0, percent);
    format.remove_prefix(std::min(percent, format.size()));
    const bool counted = format.size() > 2 && format[1] >= '1' && format[1] <= '9';
    if (format.starts_with("%s")) {
      out += fmt::format("{}", unix_ns / 1'000'000'000);
    } else if (format.starts_with("%f")) {
      out += digits;
    } else if (counted && format[2] == 'f') {
      out += std::string_view(digits).substr(0, static_cast<std::size_t>(format[1] - '0'));
    } else {
      out += format.substr(0, 2);
    }
    format.remove_prefix(std::min<std::size_t>(counted && format[2] == 'f' ? 3 : 2, format.size()));
  }
  return out;
}

}  // namespace

void append_time(std::string& line, std::int64_t unix_ns, const std::string& format) {
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[128];
  if (!format.empty()) {
    const std::string known = with_fractions(format, unix_ns);
    line.append(text, std::strftime(text, sizeof text, known.c_str(), &parts));
    return;
  }
  line.append(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
  fmt::format_to(std::back_inserter(line), ".{:03}Z", unix_ns / 1'000'000 % 1000);
}

}  // namespace squall::proxy
