#include "config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "config/proto_forms.h"
#include "policies/base/ascii.h"

namespace squall::config {
namespace {

constexpr std::size_t kMostShown = 60;  // bytes of a value in a message

/// A value as a message shows it: on one line, not too long.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMostShown)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    out += control ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  if (text.size() <= kMostShown) return out;
  // The cut must not leave a part of a UTF-8 sequence behind.
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
  if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xc0) out.pop_back();
  return out + "...";
}

bool looks_like_text(const Node& node) {
  return node.is_scalar() && (node.quoted || (!node.as_bool() && !node.as_number()));
}

std::string got(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kSequence:
      return node.items.empty() ? "an empty list" : "a list";
    case Node::Kind::kMapping:
      return node.members.empty() ? "an empty mapping" : "a mapping";
    case Node::Kind::kScalar:
      break;
  }
  return looks_like_text(node) ? '"' + shown(node.text) + '"' : shown(node.text);
}

/// Decimal digits with an optional fraction; no sign, no exponent.
std::optional<double> parse_decimal(std::string_view text) {
  const auto is_part = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (text.empty() || text.front() == '.' || !std::ranges::all_of(text, is_part))
    return std::nullopt;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string describe(std::string_view kind, std::string_view plain, const std::string& least,
                     const std::string& most, bool above = false) {
  const std::string_view from = above ? "greater than" : "of at least";
  if (!least.empty() && !most.empty() && above) {
    return fmt::format("{} greater than {} and at most {}", kind, least, most);
  }
  if (!least.empty() && !most.empty()) return fmt::format("{} from {} to {}", kind, least, most);
  if (!least.empty()) return fmt::format("{} {} {}", kind, from, least);
  if (!most.empty()) return fmt::format("{} of at most {}", kind, most);
  return std::string(plain);
}

/// Limits that only the type sets say nothing to who did not write a number at all.
std::string describe(const IntegerRange& range, bool is_number) {
  const std::int64_t far =
      is_number ? IntegerRange{}.most : std::numeric_limits<std::int32_t>::max();
  return describe("an integer", "an integer",
                  range.least <= -far - 1 ? "" : std::to_string(range.least),
                  range.most >= far ? "" : std::to_string(range.most));
}

std::string describe(std::string_view kind, std::string_view plain, const NumberRange& range) {
  return describe(kind, plain, std::isinf(range.least) ? "" : fmt::format("{}", range.least),
                  std::isinf(range.most) ? "" : fmt::format("{}", range.most), range.above);
}

bool within(double value, const NumberRange& range) {
  return std::isfinite(value) && value <= range.most &&
         (range.above ? value > range.least : value >= range.least);
}

/// What a duration outside of the range should have been.
std::string describe(Duration value, const DurationRange& range, Dialect dialect) {
  const auto spell = [&](Duration d) {
    return dialect == Dialect::kEnvoy ? fmt::format("{}s", to_seconds(d)) : to_string(d);
  };
  if (value > range.most) return "a duration of at most " + spell(range.most);
  if (range.least == Duration(0)) return "a duration that is not negative";
  if (range.least == Duration(1)) return "a duration greater than 0s";
  return "a duration of at least " + spell(range.least);
}

/// Edit distance with swaps of neighbours, upper and lower case alike; stops being exact above
/// `most`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower_case(a[i - 1]) == lower_case(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && lower_case(a[i - 1]) == lower_case(b[j - 2]) &&
                           lower_case(a[i - 2]) == lower_case(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

/// "100rps" and "30sec" in units that there are.
template <class Fits>
std::string other_unit(std::string_view text, const Fits& fits) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"rps", "/s"},    {"qps", "/s"},    {"req/s", "/s"}, {"/sec", "/s"},
      {"/min", "/m"},   {"sec", "s"},     {"secs", "s"},   {"second", "s"},
      {"seconds", "s"}, {"msec", "ms"},   {"min", "m"},    {"mins", "m"},
      {"minute", "m"},  {"minutes", "m"}, {"hour", "h"},   {"hours", "h"}};
  const std::string_view unit =
      text.substr(std::min(text.find_first_not_of("0123456789."), text.size()));
  std::string_view count = text.substr(0, text.size() - unit.size());
  const std::string_view own = unit.substr(std::min(unit.find_first_not_of(' '), unit.size()));
  for (const auto& [written, meant] : kUnits) {
    if (own != written || !parse_decimal(count)) continue;
    const std::string other = fmt::format("{}{}", count, meant);
    if (fits(other)) return fmt::format("write {}", other);
  }
  return {};
}

/// Of a number without its unit: "write 5s or 5ms", with those that would be taken.
template <class Fits>
std::string unit_advice(const Node& node, std::initializer_list<std::string_view> units,
                        const Fits& fits) {
  std::string advice;
  if (node.is_scalar() && !parse_decimal(node.text)) return other_unit(node.text, fits);
  if (!node.is_scalar()) return advice;
  for (const std::string_view unit : units) {
    const std::string text = fmt::format("{}{}", node.text, unit);
    if (fits(text)) advice += fmt::format("{}{}", advice.empty() ? "write " : " or ", text);
  }
  return advice;
}

}  // namespace

std::optional<std::string> Value::text() const {
  if (!*this) return std::nullopt;
  const bool strict = dialect_ != Dialect::kSquall;
  if (node_->is_scalar() && (!strict || looks_like_text(*node_))) return node_->text;
  if (node_->is_scalar()) {
    error(fmt::format("expected a text, got {}", got(*node_)),
          fmt::format("put it in quotes: \"{}\"", shown(node_->text)));
  } else {
    expected("a text");
  }
  return std::nullopt;
}

const Node& Value::scalar() const {
  return dialect_ == Dialect::kEnvoy ? unwrapped(*node_) : *node_;
}

std::optional<bool> Value::boolean() const {
  if (!*this) return std::nullopt;
  const std::optional<bool> value = scalar().as_bool();
  if (!value) expected("true or false");
  return value;
}

std::optional<std::int64_t> Value::integer(IntegerRange range) const {
  if (!*this) return std::nullopt;
  Node plain = scalar();
  if (dialect_ == Dialect::kEnvoy) plain.quoted = false;
  std::optional<std::int64_t> value = plain.as_int();
  if (const std::optional<double> number = plain.as_number();
      !value && number && dialect_ == Dialect::kEnvoy) {
    // 1e3 and 5.0 are integers in protobuf's JSON.
    if (std::fabs(*number) < 0x1p53 && std::floor(*number) == *number)
      value = static_cast<std::int64_t>(*number);
  }
  if (value && *value >= range.least && *value <= range.most) return value;
  expected(describe(range, plain.as_number().has_value()));
  return std::nullopt;
}

std::optional<std::uint64_t> Value::whole() const {
  if (!*this) return std::nullopt;
  std::uint64_t value = 0;
  const Node& node = scalar();
  const std::string& text = node.text;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  const bool readable = node.is_scalar() && (!node.quoted || dialect_ == Dialect::kEnvoy);
  if (readable && !text.empty() && failure == std::errc() && stop == end) return value;
  if (readable && failure != std::errc::result_out_of_range) {
    Node plain = node;
    plain.quoted = false;
    const std::optional<std::int64_t> spelled = plain.as_int();  // 0x10, +5
    if (spelled && *spelled >= 0) return static_cast<std::uint64_t>(*spelled);
  }
  expected("an integer from 0 to 18446744073709551615");
  return std::nullopt;
}

std::optional<double> Value::number(NumberRange range) const {
  if (!*this) return std::nullopt;
  Node plain = scalar();
  if (dialect_ == Dialect::kEnvoy) plain.quoted = false;
  const std::optional<double> value = plain.as_number();
  if (value && within(*value, range)) return value;
  expected(describe("a number", "a number", range));
  return std::nullopt;
}

std::optional<Duration> Value::duration(DurationRange range) const {
  if (!*this) return std::nullopt;
  std::optional<Duration> value;
  const bool proto = dialect_ == Dialect::kEnvoy;
  if (node_->is_scalar())
    value = proto ? parse_proto_duration(node_->text) : parse_duration(node_->text);
  if (proto && node_->is_mapping()) value = parts_of_duration(*node_);
  if (value && *value >= range.least && *value <= range.most)  // Envoy's are whole milliseconds
    return proto ? std::chrono::floor<std::chrono::milliseconds>(*value) : *value;
  const auto fits = [&](const std::string& text) {
    const auto other = proto ? parse_proto_duration(text) : parse_duration(text);
    return other && *other >= range.least && *other <= range.most;
  };
  const auto other_units = proto && !value && node_->is_scalar() ? parse_duration(node_->text)
                                                                 : std::optional<Duration>();
  const bool says_other = other_units && *other_units >= range.least && *other_units <= range.most;
  expected(value   ? describe(*value, range, dialect_)
           : proto ? "a duration such as \"0.25s\""
                   : "a duration such as \"250ms\"",
           value ? std::string()
           : says_other
               ? fmt::format("write {}: Envoy's durations are in seconds", proto_text(*other_units))
           : proto ? unit_advice(*node_, {"s"}, fits)
                   : unit_advice(*node_, {"s", "ms"}, fits));
  return std::nullopt;
}

std::optional<double> Value::ratio(NumberRange range) const {
  if (!*this) return std::nullopt;
  std::optional<double> value = node_->as_number();
  if (node_->is_scalar() && node_->text.ends_with('%')) {
    value = parse_decimal(std::string_view(node_->text).substr(0, node_->text.size() - 1));
    if (value) *value /= 100;
  }
  if (value && within(*value, range)) return value;
  const bool percent = node_->is_scalar() && node_->text.ends_with('%');
  const auto spell = [&](double limit) {
    return percent ? fmt::format("{}%", limit * 100) : fmt::format("{}", limit);
  };
  expected(value ? describe("a ratio", "", spell(range.least), spell(range.most), range.above)
                 : "a ratio such as 5% or 0.05");
  return std::nullopt;
}

std::optional<double> Value::rate(double most) const {
  if (!*this) return std::nullopt;
  const std::string_view text = node_->text;
  const std::size_t slash = text.rfind('/');
  if (node_->is_scalar() && slash != std::string_view::npos) {
    const std::optional<double> count = parse_decimal(text.substr(0, slash));
    const std::string_view unit = text.substr(slash + 1);
    const double seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
    if (count && seconds > 0 && *count / seconds <= most) return *count / seconds;
    if (count && seconds > 0) {
      expected(fmt::format("a rate of at most {}/s", most));
      return std::nullopt;
    }
  }
  expected("a rate such as 200/s or 10/m",
           unit_advice(*node_, {"/s"}, [&](const std::string& other) {
             const std::optional<double> count = parse_decimal(other.substr(0, other.find('/')));
             return other.contains('/') && count && *count <= most;
           }));
  return std::nullopt;
}

std::optional<std::int64_t> Value::size() const {
  if (!*this) return std::nullopt;
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr Unit kUnits[] = {{"Ki", 0x1p10}, {"Mi", 0x1p20}, {"Gi", 0x1p30},
                                    {"Ti", 0x1p40}, {"k", 1e3},     {"M", 1e6},
                                    {"G", 1e9},     {"T", 1e12},    {"", 1}};
  if (node_->is_scalar()) {
    std::string_view text = node_->text;
    const Unit* unit =
        std::ranges::find_if(kUnits, [&](const Unit& u) { return text.ends_with(u.name); });
    text.remove_suffix(unit->name.size());
    const std::optional<double> count = parse_decimal(text);
    if (count && *count * unit->bytes < 0x1p62)
      return static_cast<std::int64_t>(*count * unit->bytes);
  }
  expected("a size such as 512, 20Ki or 1Mi");
  return std::nullopt;
}

std::optional<std::size_t> Value::one_of(std::span<const std::string_view> names) const {
  if (!*this) return std::nullopt;
  const auto at = node_->is_scalar() ? std::ranges::find(names, node_->text) : names.end();
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  const std::optional<std::string_view> meant = nearest(node_->text, names);
  report(Severity::kError,
         fmt::format("expected one of {}, got {}", fmt::join(names, ", "), got(*node_)),
         meant ? fmt::format("did you mean \"{}\"?", *meant) : std::string());
  return std::nullopt;
}

bool Value::is_mapping() const {
  if (!*this) return false;
  if (!node_->is_mapping()) expected("a mapping");
  return node_->is_mapping();
}

bool Value::is_sequence() const {
  if (!*this) return false;
  if (node_->is_sequence()) return true;
  std::string advice = "begin each item with \"- \"";
  if (node_->is_scalar()) advice = fmt::format("write [{}]", shown(node_->text));
  expected("a list", std::move(advice));
  return false;
}

Value Value::item(std::size_t index) const {
  return {&node_->items[index], fmt::format("{}[{}]", path_, index), *diagnostics_, dialect_};
}

Value Value::member(const Node::Member& member) const {
  const std::string key = shown(member.key);
  return {&member.value, path_.empty() ? key : path_ + '.' + key, *diagnostics_, dialect_};
}

void Value::expected(std::string_view what, std::string advice) const {
  error(fmt::format("expected {}, got {}", what, node_ == nullptr ? "nothing" : got(*node_)),
        std::move(advice));
}

void Value::unsupported(std::string_view what, std::string advice) const {
  const std::string subject = what.empty()    ? path_
                              : path_.empty() ? std::string(what)
                                              : fmt::format("{}: {}", path_, what);
  add(Severity::kError, node_ == nullptr ? Place{} : node_->place,
      subject + " is not supported by squall", std::move(advice));
}

void Value::report(Severity severity, std::string_view what, std::string advice) const {
  const std::string full = path_.empty() ? std::string(what) : fmt::format("{}: {}", path_, what);
  add(severity, node_ == nullptr ? Place{} : node_->place, full, std::move(advice));
}

void Value::error_at(const Place& place, std::string_view what, std::string advice) const {
  add(Severity::kError, place, fmt::format("{}: {}", path_, what), std::move(advice));
}

void Value::add(Severity severity, const Place& place, std::string what, std::string advice) const {
  diagnostics_->add({place.file ? *place.file : std::string(), place.line, place.column, severity,
                     std::move(what), std::move(advice)});
}

std::optional<std::string_view> nearest(std::string_view wrong,
                                        std::span<const std::string_view> names) {
  constexpr std::size_t kMostLength = 64,
                        kMostNames = 2000;  // beyond, nobody mistypes one for another
  if (wrong.empty() || wrong.size() > kMostLength || names.size() > kMostNames) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t least = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (const std::string_view name : names) {
    const std::size_t d = distance(wrong, name, least);
    if (d >= least) continue;
    least = d;
    best = name;
  }
  return best;
}

}  // namespace squall::config
