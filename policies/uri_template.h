// URI templates: does a path have this shape, and how is it written anew from its parts?
//
// A pattern is a path in which `*` stands for one segment, `**` for any tail (also none), `{name}`
// for one segment and `{name=PATTERN}` for what PATTERN does; a named part may be used by a
// rewrite. It becomes a regular expression on the whole path. Source: Envoy's uri_template
// extension (docs/policies.md, "Routes"). Errors say what is wrong with the pattern.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/match.h"

namespace squall::policies {

struct UriTemplate {
  std::shared_ptr<const re2::RE2> regex;
  std::vector<std::string> names;  // of its groups, in order
};
Result<UriTemplate> compile_uri_template(std::string_view pattern);
/// `path` is without query.
bool matches(const UriTemplate& shape, std::string_view path);

/// "/new/{name}/tail" in pieces: texts, and numbers of groups (counted from 1).
struct UriRewrite {
  std::vector<std::pair<std::string, int>> pieces;  // a text, or with group > 0 a group
};
/// Every name in `rewrite` is one of the pattern's.
Result<UriRewrite> compile_uri_rewrite(std::string_view rewrite, const UriTemplate& pattern);

/// `path`, without query, as the rewrite puts it; it has matched.
std::string rewritten(const UriRewrite& rewrite, const UriTemplate& pattern, std::string_view path);

}  // namespace squall::policies
