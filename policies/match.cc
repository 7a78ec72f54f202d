#include "policies/match.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "policies/base/ascii.h"
#include "policies/head.h"

namespace squall::policies {
namespace {

bool contains(std::string_view text, std::string_view part, bool ignore_case) {
  if (!ignore_case) return text.find(part) != std::string_view::npos;
  for (std::size_t at = 0; at + part.size() <= text.size(); ++at) {
    if (equal_text(text.substr(at, part.size()), part, true)) return true;
  }
  return false;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

bool value_matches(const HeaderMatch& match, std::string_view value) {
  if (match.kind == HeaderMatch::Kind::kString) return match.text.matches(value);
  const auto number = parse_integer(value);
  return number && *number >= match.first && *number < match.last;
}

/// Each value of a repeated header is looked at by itself.
class Verdict {
 public:
  explicit Verdict(const HeaderMatch& match) : match_(match) {}
  void see(std::string_view value) {
    seen_ = true;
    if (match_.kind != HeaderMatch::Kind::kPresent && !holds_)
      holds_ = value_matches(match_, value);
  }
  bool result() const {
    if (match_.kind == HeaderMatch::Kind::kPresent) {
      return ((seen_ || match_.missing_as_empty) == match_.present) != match_.invert;
    }
    if (seen_) return holds_ != match_.invert;
    return match_.missing_as_empty && value_matches(match_, "") != match_.invert;
  }

 private:
  const HeaderMatch& match_;
  bool seen_ = false, holds_ = false;
};

/// Null for a name that stands among the head's other headers.
const std::string_view* special(const RequestHead& head, std::string_view name) {
  if (name == "host") return &head.authority;
  if (!name.starts_with(':')) return nullptr;
  if (name == ":path") return &head.path;
  if (name == ":method") return &head.method;
  if (name == ":authority") return &head.authority;
  if (name == ":scheme") return &head.scheme;
  return nullptr;
}

}  // namespace

bool equal_text(std::string_view a, std::string_view b, bool ignore_case) {
  if (!ignore_case) return a == b;
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower_case(a[i]) != lower_case(b[i])) return false;
  }
  return true;
}

std::optional<std::string_view> find_header(Headers headers, std::string_view name) {
  for (const HeaderField& field : headers) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> find_header(const RequestHead& head, std::string_view name) {
  const std::string_view* value = special(head, name);
  if (value == nullptr) return find_header(head.headers, name);
  if (value->data() == nullptr) return std::nullopt;  // an empty host is one
  return *value;
}

bool StringMatch::matches(std::string_view text) const {
  switch (kind) {
    case Kind::kExact:
      return equal_text(text, value, ignore_case);
    case Kind::kPrefix:
      return text.size() >= value.size() &&
             equal_text(text.substr(0, value.size()), value, ignore_case);
    case Kind::kSuffix:
      return text.size() >= value.size() &&
             equal_text(text.substr(text.size() - value.size()), value, ignore_case);
    case Kind::kContains:
      return contains(text, value, ignore_case);
    case Kind::kRegex:
      return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex);
  }
  return false;
}

Result<std::shared_ptr<const re2::RE2>> compile_regex(const std::string& value, int max_size) {
  auto regex = std::make_shared<const re2::RE2>(value, re2::RE2::Quiet);
  if (!regex->ok()) {
    return error("not a regular expression: " + regex->error(),
                 "the syntax is RE2's: no look-around, no back-references");
  }
  if (regex->ProgramSize() > max_size) {
    return error("regular expression '" + value + "' compiles to a program of " +
                     std::to_string(regex->ProgramSize()) + " instructions",
                 "at most " + std::to_string(max_size) + " are admitted");
  }
  return regex;
}

bool matches(const HeaderMatch& match, const RequestHead& head) {
  const std::string_view* value = special(head, match.name);
  if (value == nullptr) return matches(match, head.headers);
  Verdict verdict(match);
  if (value->data() != nullptr) verdict.see(*value);  // an empty host is one
  return verdict.result();
}

bool matches(const HeaderMatch& match, Headers headers) {
  Verdict verdict(match);
  for (const HeaderField& field : headers) {
    if (field.name == match.name) verdict.see(field.value);
  }
  return verdict.result();
}

bool matches(const QueryMatch& match, std::string_view query) {
  std::optional<std::string_view> value;
  while (!query.empty() && !value) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != match.name) continue;
    value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
  }
  if (!match.text) return value.has_value() == match.present;
  return value && match.text->matches(*value);
}

}  // namespace squall::policies
