// Matchers of text, headers and query parameters: does a request satisfy one condition of a route?
//
// Config only, and pure functions on it. Source: Envoy's StringMatcher, HeaderMatcher and
// QueryParameterMatcher as a live 1.40 behaves (docs/policies.md, "Routes").
// Cost: linear in the text; no allocation but inside RE2 for a regular expression.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/result.h"

namespace re2 {
class RE2;
}

namespace squall::policies {

/// One header of a head. Names are lower-case; a repeated header stands several times.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};
using Headers = std::span<const HeaderField>;

/// The first value, or none.
std::optional<std::string_view> find_header(Headers headers, std::string_view name);
struct RequestHead;  // head.h
/// Also ":path", ":method", ":authority" (or "host") and ":scheme".
std::optional<std::string_view> find_header(const RequestHead& head, std::string_view name);

/// ASCII letters alike when `ignore_case`.
bool equal_text(std::string_view a, std::string_view b, bool ignore_case);

struct StringMatch {
  enum class Kind : std::uint8_t { kExact, kPrefix, kSuffix, kContains, kRegex };
  Kind kind = Kind::kExact;
  bool ignore_case = false;  // not for kRegex
  std::string value;
  std::shared_ptr<const re2::RE2> regex;  // kRegex: compiled from `value`; matches the whole text

  bool matches(std::string_view text) const;
};

/// Largest programs of a regular expression: Envoy's default, and what Istio sets its proxies to.
inline constexpr int kEnvoyRegexSize = 100, kIstioRegexSize = 32768;
/// Compiles `value` as RE2. Errors: the pattern's own, or a program larger than `max_size`.
Result<std::shared_ptr<const re2::RE2>> compile_regex(const std::string& value,
                                                      int max_size = kIstioRegexSize);

struct HeaderMatch {
  enum class Kind : std::uint8_t { kPresent, kString, kRange };
  std::string name;  // lower-case; ":path", ":method", ":authority", ":scheme" too
  Kind kind = Kind::kPresent;
  bool present = true;  // kPresent: false wants it absent
  bool invert = false;
  bool missing_as_empty = false;
  StringMatch text;                  // kString
  std::int64_t first = 0, last = 0;  // kRange: first <= value < last
};

struct QueryMatch {
  std::string name;
  bool present = true;  // without `text`: whether it must be there
  std::optional<StringMatch> text;
};

bool matches(const HeaderMatch& match, const RequestHead& head);
/// For a response's or another plain list of headers.
bool matches(const HeaderMatch& match, Headers headers);
/// `query` is what follows the first '?', not decoded; only the first value of a repeated name
/// counts.
bool matches(const QueryMatch& match, std::string_view query);

}  // namespace squall::policies
