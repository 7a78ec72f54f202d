// ResponseMatch: is a response's head what a configuration describes?
//
// Config only, and pure functions on it. Source: Envoy's MatchPredicate as a cluster's outlier
// detection uses it, which sees nothing of requests and trailers (docs/policies.md, "Outlier
// detection"). Cost: linear in the rules and the headers; no allocation but inside RE2.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "policies/head.h"
#include "policies/match.h"

namespace squall::policies {

struct ResponseMatch {
  enum class Kind : std::uint8_t {
    kAny,
    kNever,    // what matches only what is not looked at
    kHeaders,  // all of `headers`
    kAnd,      // all of `rules`
    kOr,       // one of `rules`
    kNot,      // not the one of `rules`
  };
  Kind kind = Kind::kAny;
  std::vector<HeaderMatch> headers;
  std::vector<ResponseMatch> rules;
};

bool matches(const ResponseMatch& match, const ResponseHead& head);
/// Its ":status" too.
bool matches(const HeaderMatch& match, const ResponseHead& head);
/// What outlier detection takes a response for, where a configuration says which are `failures`.
inline std::uint16_t status_for_detection(const ResponseMatch& failures, const ResponseHead& head) {
  return matches(failures, head) ? std::max<std::uint16_t>(head.status, 500) : 200;
}

}  // namespace squall::policies
