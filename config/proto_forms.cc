#include "config/proto_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace squall::config {

std::optional<Duration> parse_proto_duration(std::string_view text) {
  if (!text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction =
      dot < text.size() ? text.substr(dot + 1) : std::string_view("0");
  std::int64_t seconds = 0, nanoseconds = 0;
  const auto parse = [](std::string_view digits, std::int64_t& out) {
    const bool good =
        !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    return good &&
           std::from_chars(digits.data(), digits.data() + digits.size(), out).ec == std::errc();
  };
  if (!parse(whole, seconds) || !parse(fraction, nanoseconds) || fraction.size() > 9)
    return std::nullopt;
  for (std::size_t i = fraction.size(); i < 9; ++i) nanoseconds *= 10;
  constexpr std::int64_t kMostSeconds = Duration::max().count() / 1'000'000'000 - 1;
  if (seconds > kMostSeconds) return std::nullopt;
  const Duration value(seconds * 1'000'000'000 + nanoseconds);
  return negative ? -value : value;
}

std::string proto_text(Duration value) {
  const std::int64_t ns = value.count();
  std::string text = fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text + 's';
}

const Node& unwrapped(const Node& node) {
  const bool wraps = node.is_mapping() && node.members.size() == 1 &&
                     node.members.front().key == "value" && node.members.front().value.is_scalar();
  return wraps ? node.members.front().value : node;
}

std::optional<Duration> parts_of_duration(const Node& node) {
  constexpr std::int64_t kMostSeconds = 9'000'000'000, kMostNanos = 999'999'999;
  const bool named = node.is_mapping() && std::ranges::all_of(node.members, [](const auto& part) {
                       return part.key == "seconds" || part.key == "nanos";
                     });
  if (!named) return std::nullopt;
  const auto part = [&](const char* name) -> std::optional<std::int64_t> {
    const Node* const found = node.find(name);
    if (found == nullptr) return 0;
    Node plain = *found;
    plain.quoted = false;  // 64 bits are texts in protobuf's JSON
    return plain.as_int();
  };
  const auto seconds = part("seconds"), nanos = part("nanos");
  if (!seconds || !nanos || *seconds < -kMostSeconds || *seconds > kMostSeconds ||
      *nanos < -kMostNanos || *nanos > kMostNanos || (*seconds > 0 && *nanos < 0) ||
      (*seconds < 0 && *nanos > 0))
    return std::nullopt;
  return std::chrono::seconds(*seconds) + std::chrono::nanoseconds(*nanos);
}

}  // namespace squall::config
