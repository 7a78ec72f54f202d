// How an access log writes an instant, in UTC.
//
// A format is strftime's, and Envoy's `%s` (seconds since 1970), `%f` (nine digits of the second's
// fraction) and `%1f` to `%9f`; without one: 2023-11-14T22:13:20.123Z.
#pragma once
#include <cstdint>
#include <string>

namespace squall::proxy {

void append_time(std::string& line, std::int64_t unix_ns, const std::string& format);

}  // namespace squall::proxy
