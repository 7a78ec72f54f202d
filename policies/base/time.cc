#include "policies/base/time.h"

#include <array>
#include <limits>

namespace squall {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t ns;
};
// Longer names first where one begins another.
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"\u00b5s", 1'000},
                                         {"\u03bcs", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};
constexpr std::uint64_t kLimit = std::uint64_t{1}
                                 << 63;  // of a magnitude: -2^63 is a value, 2^63 is not

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "123.45" at the front of a term, apart: what stands behind the point as digits / scale.
struct Number {
  std::uint64_t whole = 0;
  std::uint64_t digits = 0;
  double scale = 1;
};

/// Takes the number off `text`; none: it is not one, or too large.
std::optional<Number> take_number(std::string_view& text) {
  Number number;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    if (number.whole > kLimit / 10) return std::nullopt;
    number.whole = number.whole * 10 + static_cast<std::uint64_t>(text[i] - '0');
    if (number.whole > kLimit) return std::nullopt;
  }
  bool any = i > 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    // Digits beyond what 63 bits hold are below a nanosecond and dropped.
    for (bool full = false; i < text.size() && is_digit(text[i]); ++i) {
      any = true;
      if (full) continue;
      const std::uint64_t longer = number.digits * 10 + static_cast<std::uint64_t>(text[i] - '0');
      full = number.digits > (kLimit - 1) / 10 || longer > kLimit;
      if (full) continue;
      number.digits = longer;
      number.scale *= 10;
    }
  }
  if (!any) return std::nullopt;
  text.remove_prefix(i);
  return number;
}

std::uint64_t take_unit(std::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    const std::string_view rest = text.substr(unit.name.size());
    if (!rest.empty() && rest[0] != '.' && !is_digit(rest[0])) continue;
    text = rest;
    return unit.ns;
  }
  return 0;
}

void append_number(std::string& out, std::uint64_t value) { out += std::to_string(value); }

/// value / unit as a decimal fraction without zeros at its end.
void append_fraction(std::string& out, std::uint64_t value, std::uint64_t unit) {
  append_number(out, value / unit);
  std::uint64_t rest = value % unit;
  if (rest == 0) return;
  out += '.';
  for (std::uint64_t place = unit / 10; rest != 0; place /= 10) {
    out += static_cast<char>('0' + rest / place);
    rest %= place;
  }
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration::zero();
  if (text.empty()) return std::nullopt;
  std::uint64_t sum = 0;
  while (!text.empty()) {
    const std::optional<Number> number = take_number(text);
    if (!number) return std::nullopt;
    const std::uint64_t unit = take_unit(text);
    if (unit == 0 || number->whole > kLimit / unit) return std::nullopt;
    std::uint64_t term = number->whole * unit;
    if (number->digits > 0) {
      // Go's own formula, in doubles, so that both read the same nanoseconds.
      term += static_cast<std::uint64_t>(static_cast<double>(number->digits) *
                                         (static_cast<double>(unit) / number->scale));
    }
    if (term > kLimit || sum + term > kLimit) return std::nullopt;
    sum += term;
  }
  if (negative) return Duration(static_cast<std::int64_t>(~sum + 1));
  if (sum == kLimit) return std::nullopt;
  return Duration(static_cast<std::int64_t>(sum));
}

std::string to_string(Duration d) {
  const bool negative = d.count() < 0;
  std::uint64_t ns = static_cast<std::uint64_t>(d.count());
  if (negative) ns = ~ns + 1;
  if (ns == 0) return "0s";
  std::string out = negative ? "-" : "";
  if (ns < 1'000'000'000) {
    const auto& [name, unit] = ns < 1'000 ? kUnits[0] : ns < 1'000'000 ? kUnits[1] : kUnits[4];
    append_fraction(out, ns, unit);
    return out += name;
  }
  const std::uint64_t hours = ns / 3'600'000'000'000;
  const std::uint64_t minutes = ns / 60'000'000'000 % 60;
  const std::uint64_t rest = ns % 60'000'000'000;
  if (hours > 0) append_number(out, hours), out += 'h';
  if (minutes > 0) append_number(out, minutes), out += 'm';
  if (rest > 0) append_fraction(out, rest, 1'000'000'000), out += 's';
  return out;
}

}  // namespace squall
