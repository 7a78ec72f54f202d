#include "policies/uri_template.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>

namespace squall::policies {
namespace {

// Envoy's limits and character sets (RFC 3986: unreserved, sub-delims, ':', '@', '%').
constexpr std::size_t kMostNames = 5, kLongestName = 16;
constexpr std::string_view kMarks = "-._~%!$&'()+,;:@=";
constexpr std::string_view kSegment = "[a-zA-Z0-9-._~%!$&'()+,;:@=]+";
constexpr std::string_view kTail = "[a-zA-Z0-9-._~%!$&'()+,;:@=/]*";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_literal(char c) {
  return is_letter(c) || is_digit(c) || c == '/' || kMarks.find(c) != std::string_view::npos;
}

std::optional<std::string> bad_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName)
    return fmt::format("'{}' is no name of 1 to {} characters", name, kLongestName);
  const bool good = is_letter(name.front()) && std::ranges::all_of(name, [](char c) {
                      return is_letter(c) || is_digit(c) || c == '_';
                    });
  if (!good) return fmt::format("'{}' is no name: letters, digits and '_', a letter first", name);
  return std::nullopt;
}

class Compiler {
 public:
  /// What is wrong, or nothing.
  std::optional<std::string> run(std::string_view pattern) {
    if (!pattern.starts_with('/')) return "it does not begin with '/'";
    return take(pattern, false);
  }
  std::string regex;
  std::vector<std::string> names;

 private:
  std::optional<std::string> take(std::string_view rest, bool named) {
    bool after_operator = false;
    while (!rest.empty()) {
      const bool is_operator = rest.front() == '*' || rest.front() == '{';
      if (tail_) return "something follows '**'";
      if (is_operator && after_operator) return "nothing stands between two wildcards";
      after_operator = is_operator;
      std::optional<std::string> wrong;
      if (rest.starts_with("**")) {
        regex += kTail;
        tail_ = true;
        rest.remove_prefix(2);
      } else if (rest.front() == '*') {
        regex += kSegment;
        rest.remove_prefix(1);
      } else if (rest.front() == '{') {
        if (named) return "one named part stands in another";
        wrong = take_named(rest);
      } else {
        wrong = take_literal(rest);
      }
      if (wrong) return wrong;
    }
    return std::nullopt;
  }

  std::optional<std::string> take_literal(std::string_view& rest) {
    const std::size_t end = std::min(rest.find_first_of("*{"), rest.size());
    const std::string_view text = rest.substr(0, end);
    const auto odd = std::ranges::find_if_not(text, is_literal);
    if (odd != text.end()) return fmt::format("'{}' may not stand there", *odd);
    if (text.find("//") != std::string_view::npos) return "'/' follows '/'";
    regex += re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
    rest.remove_prefix(end);
    return std::nullopt;
  }

  std::optional<std::string> take_named(std::string_view& rest) {
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) return "'{' is not closed";
    const std::string_view inside = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    const std::size_t equals = inside.find('=');
    const std::string_view name = inside.substr(0, equals);
    if (auto wrong = bad_name(name)) return wrong;
    if (std::ranges::find(names, name) != names.end())
      return fmt::format("the name '{}' is repeated", name);
    if (names.size() == kMostNames) return fmt::format("more than {} names", kMostNames);
    names.emplace_back(name);
    regex += '(';
    if (equals == std::string_view::npos) {
      regex += kSegment;
    } else if (equals + 1 == inside.size()) {
      return fmt::format("'{}' has an empty pattern", name);
    } else if (auto wrong = take(inside.substr(equals + 1), true)) {
      return wrong;
    }
    regex += ')';
    return std::nullopt;
  }

  bool tail_ = false;
};

}  // namespace

Result<UriTemplate> compile_uri_template(std::string_view pattern) {
  Compiler compiler;
  if (auto wrong = compiler.run(pattern)) return error(*wrong, "write one such as /a/{id}/**");
  Result<std::shared_ptr<const re2::RE2>> regex = compile_regex(compiler.regex);
  if (!regex) return std::unexpected(std::move(regex.error()));
  return UriTemplate{*std::move(regex), std::move(compiler.names)};
}

bool matches(const UriTemplate& shape, std::string_view path) {
  return re2::RE2::FullMatch(re2::StringPiece(path.data(), path.size()), *shape.regex);
}

Result<UriRewrite> compile_uri_rewrite(std::string_view rewrite, const UriTemplate& pattern) {
  UriRewrite result;
  if (!rewrite.starts_with('/'))
    return error("it does not begin with '/'", "write one such as /a/{id}");
  while (!rewrite.empty()) {
    const std::size_t open = std::min(rewrite.find('{'), rewrite.size());
    if (open > 0) {
      const std::string_view text = rewrite.substr(0, open);
      const auto odd = std::ranges::find_if_not(text, is_literal);
      if (odd != text.end()) return error(fmt::format("'{}' may not stand there", *odd), "");
      result.pieces.emplace_back(text, 0);
      rewrite.remove_prefix(open);
      continue;
    }
    const std::size_t close = rewrite.find('}');
    if (close == std::string_view::npos) return error("'{' is not closed", "");
    const std::string_view name = rewrite.substr(1, close - 1);
    const auto found = std::ranges::find(pattern.names, name);
    if (found == pattern.names.end())
      return error(fmt::format("'{}' is no name of the route's template", name),
                   fmt::format("its names are: {}", fmt::join(pattern.names, ", ")));
    result.pieces.emplace_back("", static_cast<int>(found - pattern.names.begin()) + 1);
    rewrite.remove_prefix(close + 1);
  }
  return result;
}

std::string rewritten(const UriRewrite& rewrite, const UriTemplate& pattern,
                      std::string_view path) {
  re2::StringPiece groups[kMostNames + 1];
  const re2::StringPiece text(path.data(), path.size());
  const auto count = static_cast<int>(pattern.names.size()) + 1;
  if (!pattern.regex->Match(text, 0, path.size(), re2::RE2::ANCHOR_BOTH, groups, count))
    return std::string(path);
  std::string result;
  for (const auto& [literal, group] : rewrite.pieces) {
    result += literal;
    if (group > 0) result.append(groups[group].data(), groups[group].size());
  }
  return result;
}

}  // namespace squall::policies
