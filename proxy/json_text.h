// JSON strings: text as it stands in JSON, quoted and escaped; bytes that are no UTF-8 as U+FFFD.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace squall::proxy {

void append_json_string(std::string& out, std::string_view text);
/// Quotes what stands in `out` from `start` on; no other memory in the usual case, where nothing
/// needs an escape.
void quote_json(std::string& out, std::size_t start);

}  // namespace squall::proxy
