#include "policies/base/ip.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace squall {
namespace {

/// Takes a number off the front of `text`; at most `digits` of them.
template <class Number>
std::optional<Number> take_number(std::string_view& text, int base, std::size_t digits) {
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  const auto size = static_cast<std::size_t>(end - text.data());
  if (failure != std::errc() || size > digits) return std::nullopt;
  text.remove_prefix(size);
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Four numbers of one byte without leading zeros, which some read as octal.
bool read_v4(std::string_view text, std::uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !take(text, ".")) return false;
    const bool zero = text.starts_with('0');
    const std::size_t before = text.size();
    const auto number = take_number<std::uint8_t>(text, 10, 3);
    if (!number || (zero && before - text.size() > 1)) return false;
    bytes[i] = *number;
  }
  return text.empty();
}

bool read_v6(std::string_view text, std::array<std::uint8_t, 16>& bytes) {
  std::size_t size = 0;
  std::optional<std::size_t> gap;  // where "::" stands
  if (take(text, "::")) gap = 0;
  while (!text.empty()) {
    if (text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
      if (size > 12 || !read_v4(text, bytes.data() + size)) return false;
      size += 4;
      break;
    }
    const auto group = take_number<std::uint16_t>(text, 16, 4);
    if (!group || size == 16) return false;
    bytes[size++] = static_cast<std::uint8_t>(*group >> 8);
    bytes[size++] = static_cast<std::uint8_t>(*group);
    if (text.empty()) break;
    if (!take(text, ":") || text.empty()) return false;
    if (!take(text, ":")) continue;
    if (gap) return false;
    gap = size;
  }
  if (!gap) return size == 16;
  if (size == 16) return false;  // "::" stands for something
  for (std::size_t i = size; i-- > *gap;) bytes[i + 16 - size] = std::exchange(bytes[i], 0);
  return true;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  IpAddress address;
  address.v6 = text.find(':') != std::string_view::npos;
  const bool good = address.v6 ? read_v6(text, address.bytes) : read_v4(text, address.bytes.data());
  return good ? std::optional(address) : std::nullopt;
}

bool IpRange::contains(const IpAddress& address) const {
  if (address.v6 != network.v6) return false;
  const std::size_t whole = bits / 8;
  if (!std::equal(network.bytes.begin(), network.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const int rest = bits % 8;
  return rest == 0 || (network.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

std::string to_string(const IpAddress& address) {
  const auto& b = address.bytes;
  if (!address.v6) return fmt::format("{}.{}.{}.{}", b[0], b[1], b[2], b[3]);
  constexpr std::size_t kGroups = 8;
  std::array<unsigned, kGroups> groups{};
  for (std::size_t i = 0; i < kGroups; ++i) groups[i] = b[2 * i] * 256U + b[2 * i + 1];
  const bool mapped = groups[5] == 0xffff && std::all_of(groups.begin(), groups.begin() + 5,
                                                         [](unsigned g) { return g == 0; });
  if (mapped) return fmt::format("::ffff:{}.{}.{}.{}", b[12], b[13], b[14], b[15]);
  std::size_t gap = kGroups, longest = 1;  // the first longest run of zeros, of two at least
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i > longest) {
      gap = i;
      longest = end - i;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == gap) {
      text += "::";
      i += longest - 1;
    } else {
      text += fmt::format("{}{:x}", text.empty() || text.ends_with(':') ? "" : ":", groups[i]);
    }
  }
  return text;
}

std::string with_port(std::string_view address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string_view::npos;
  return v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

}  // namespace squall
