// Changes to heads as configured: headers added and removed, host and path rewritten. Config only;
// what they do is in headers.h.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/match.h"
#include "policies/uri_template.h"

namespace squall::policies {

struct HeaderMutation {
  enum class Action : std::uint8_t {
    kAppendIfExistsOrAdd,
    kAddIfAbsent,
    kOverwriteIfExistsOrAdd,
    kOverwriteIfExists
  };
  std::string name;   // lower-case
  std::string value;  // with command operators such as %REQ(x-id)%
  Action action = Action::kAppendIfExistsOrAdd;
  bool keep_empty = false;
};
struct HeaderMutations {
  std::vector<std::string> request_remove, response_remove;
  std::vector<HeaderMutation> request_add, response_add;
  bool empty() const {
    return request_remove.empty() && response_remove.empty() && request_add.empty() &&
           response_add.empty();
  }
};

struct RegexRewrite {
  std::shared_ptr<const re2::RE2> pattern;
  std::string substitution;
};
struct PathRewrite {
  std::string prefix;  // empty: none
  std::optional<RegexRewrite> regex;
  std::optional<UriRewrite> shape;  // of a path that the route's template matched
  std::string format;               // a value with command operators; empty: none
};
struct HostRewrite {
  std::string literal, header, format;  // empty: none; the first of them that is there
  std::optional<RegexRewrite> path_regex;
  bool automatic = false;         // the picked host's own name
  bool append_forwarded = false;  // the host that it replaces is appended to x-forwarded-host
};

}  // namespace squall::policies
