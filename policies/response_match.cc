#include "policies/response_match.h"

#include <algorithm>
#include <array>

namespace squall::policies {

bool matches(const ResponseMatch& match, const ResponseHead& head) {
  const auto holds = [&](const auto& one) { return matches(one, head); };
  switch (match.kind) {
    case ResponseMatch::Kind::kAny:
      return true;
    case ResponseMatch::Kind::kNever:
      return false;
    case ResponseMatch::Kind::kHeaders:
      return std::ranges::all_of(match.headers, holds);
    case ResponseMatch::Kind::kAnd:
      return std::ranges::all_of(match.rules, holds);
    case ResponseMatch::Kind::kOr:
      return std::ranges::any_of(match.rules, holds);
    case ResponseMatch::Kind::kNot:
      return std::ranges::none_of(match.rules, holds);
  }
  return false;
}

bool matches(const HeaderMatch& match, const ResponseHead& head) {
  if (match.name != ":status") return matches(match, head.headers);
  const std::array<char, 3> digits = {static_cast<char>('0' + head.status / 100 % 10),
                                      static_cast<char>('0' + head.status / 10 % 10),
                                      static_cast<char>('0' + head.status % 10)};
  const HeaderField status{match.name, {digits.data(), digits.size()}};
  return matches(match, Headers(&status, 1));
}

}  // namespace squall::policies
