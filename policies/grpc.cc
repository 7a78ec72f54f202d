#include "policies/grpc.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace squall::policies {

std::optional<std::uint32_t> find_grpc_status(Headers headers) {
  const auto text = find_header(headers, "grpc-status");
  if (!text) return std::nullopt;
  std::uint32_t status = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), status);
  if (failure != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return status;
}

std::uint16_t http_to_grpc(std::uint16_t status) {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

std::optional<Duration> parse_grpc_timeout(std::string_view text) {
  constexpr std::uint64_t kMostUnits = 99'999'999;
  if (text.size() < 2) return std::nullopt;
  std::string_view digits = text.substr(0, text.size() - 1);
  digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
  digits = digits.substr(0, digits.find_last_not_of(' ') + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::uint64_t units = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, failure] = std::from_chars(digits.data(), last, units);
  if (failure != std::errc() || end != last || units > kMostUnits) return std::nullopt;
  const auto number = static_cast<std::int64_t>(units);
  const auto up = [number](std::int64_t parts) {
    return std::chrono::milliseconds((number + parts - 1) / parts);
  };
  switch (text.back()) {
    case 'H':
      return std::chrono::hours(std::min<std::int64_t>(number, 2'000'000));
    case 'M':
      return std::chrono::minutes(number);
    case 'S':
      return std::chrono::seconds(number);
    case 'm':
      return std::chrono::milliseconds(number);
    case 'u':
      return up(1'000);
    case 'n':
      return up(1'000'000);
    default:
      return std::nullopt;
  }
}

std::string format_grpc_timeout(Duration timeout) {
  constexpr std::int64_t kMost = 99'999'999;
  const std::int64_t ms = to_ms(timeout);
  if (ms <= kMost) return fmt::format("{}m", ms);
  if (ms / 1000 <= kMost) return fmt::format("{}S", ms / 1000);
  return fmt::format("{}M", std::min(ms / 60'000, kMost));
}

}  // namespace squall::policies
