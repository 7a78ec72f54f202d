// Hash policies: which number stands for what shall make requests go to the same host?
//
// Each policy of a route's list may yield a hash; they are combined in order until a terminal one
// has yielded. Source: Envoy's http/hash_policy, 1.36 (docs/policies.md, "Hash policies"). Cost:
// linear in the texts hashed; a header's regular expression allocates.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/time.h"
#include "policies/head.h"
#include "policies/mutation_config.h"

namespace squall::policies {

struct HashPolicy {
  enum class Kind : std::uint8_t { kHeader, kCookie, kSourceIp, kQueryParameter };
  Kind kind = Kind::kHeader;
  std::string name;                     // of the header (lower-case), cookie or parameter
  std::optional<RegexRewrite> rewrite;  // of a header's values
  std::optional<Duration> ttl;          // a cookie that is missing is made
  std::string path;                     // of that cookie
  std::vector<std::pair<std::string, std::string>> attributes;  // of that cookie
  bool terminal = false;
};

/// A cookie that the response shall set.
struct MadeCookie {
  const HashPolicy* policy = nullptr;
  std::uint64_t value = 0;
};

/// None: no policy yielded. Without `made` no cookie is made.
std::optional<std::uint64_t> hash_of(std::span<const HashPolicy> policies, const RequestHead& head,
                                     std::vector<MadeCookie>* made);

/// `name="0123456789abcdef"; Max-Age=30; Path=/; HttpOnly`
std::string set_cookie_text(const MadeCookie& cookie);

}  // namespace squall::policies
