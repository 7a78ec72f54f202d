// Percent-encoding, as of URLs: which character does "%2F" stand for?
#pragma once
#include <string>
#include <string_view>

namespace squall {

/// What a hexadecimal digit counts; -1: it is none.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The character that "%XX" at the start of `text` stands for; -1: that is none.
constexpr int percent_decoded(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_digit(text[1]), low = hex_digit(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// All of it; what is no such encoding stays.
inline std::string percent_decode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const int value = percent_decoded(text);
    out += value >= 0 ? static_cast<char>(value) : text[0];
    text.remove_prefix(value >= 0 ? 3 : 1);
  }
  return out;
}

}  // namespace squall
