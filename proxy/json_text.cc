#include "proxy/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace squall::proxy {
namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

/// Bytes of the UTF-8 sequence at the start of `text`; 0: none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first >= 0xc2 && first <= 0xdf && follows(1)) return 2;
  if (first >= 0xe0 && first <= 0xef && follows(1) && follows(2)) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4 && follows(1) && follows(2) && follows(3)) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool beyond = first == 0xf4 && byte(1) > 0x8f;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    std::size_t taken = 1;
    if (is_plain(c)) {
      out += c;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x80) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else if (taken = sequence_length(text); taken > 0) {
      out += text.substr(0, taken);
    } else {
      taken = 1;
      out += "\\ufffd";
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

void quote_json(std::string& out, std::size_t start) {
  const std::string_view text = std::string_view(out).substr(start);
  if (std::ranges::all_of(text, is_plain)) {
    out.insert(start, 1, '"');
    out += '"';
    return;
  }
  const std::string copy(text);
  out.resize(start);
  append_json_string(out, copy);
}

}  // namespace squall::proxy
