#include "policies/hash_policy.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <bit>

#include "policies/base/ip.h"
#include "policies/lb/hash.h"

namespace squall::policies {
namespace {

std::optional<std::uint64_t> hash_header(const HashPolicy& policy, const RequestHead& head) {
  std::vector<std::string> values;
  if (policy.name.starts_with(':') || policy.name == "host") {
    if (const auto value = find_header(head, policy.name)) values.emplace_back(*value);
  } else {
    for (const HeaderField& field : head.headers) {
      if (field.name == policy.name) values.emplace_back(field.value);
    }
  }
  if (values.empty()) return std::nullopt;
  if (policy.rewrite) {
    for (std::string& value : values)
      RE2::GlobalReplace(&value, *policy.rewrite->pattern, policy.rewrite->substitution);
  }
  std::ranges::sort(values);
  std::uint64_t hash = 0;
  for (const std::string& value : values) hash = lb::xx_hash(value, hash);
  return hash;
}

/// The first cookie of that name, without quotes around its value; a name without '=' is none.
std::optional<std::string_view> find_cookie(const RequestHead& head, std::string_view name) {
  for (const HeaderField& field : head.headers) {
    if (field.name != "cookie") continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::string_view pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      std::string_view value = pair.substr(equals + 1);
      if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
        value = value.substr(1, value.size() - 2);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> hash_cookie(const HashPolicy& policy, const RequestHead& head,
                                         std::vector<MadeCookie>* made) {
  const auto value = find_cookie(head, policy.name);
  if (value && !value->empty()) return lb::xx_hash(*value);
  if (!policy.ttl || made == nullptr) return std::nullopt;
  // The connection too: its client's address may be one that a proxy before it told.
  const std::uint64_t own =
      lb::xx_hash(fmt::format("{}{}{}", with_port(head.peer, head.peer_port),
                              with_port(head.local, head.local_port), head.connection));
  made->push_back({&policy, own});
  return lb::xx_hash(fmt::format("{:016x}", own));
}

std::optional<std::uint64_t> hash_query(const HashPolicy& policy, const RequestHead& head) {
  const std::size_t mark = head.path.find('?');
  if (mark == std::string_view::npos) return std::nullopt;
  std::string_view query = head.path.substr(mark + 1);
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != policy.name) continue;
    return lb::xx_hash(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> hash_one(const HashPolicy& policy, const RequestHead& head,
                                      std::vector<MadeCookie>* made) {
  switch (policy.kind) {
    case HashPolicy::Kind::kHeader:
      return hash_header(policy, head);
    case HashPolicy::Kind::kCookie:
      return hash_cookie(policy, head, made);
    case HashPolicy::Kind::kSourceIp:
      if (head.peer.empty()) return std::nullopt;
      return lb::xx_hash(head.peer);
    case HashPolicy::Kind::kQueryParameter:
      return hash_query(policy, head);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> hash_of(std::span<const HashPolicy> policies, const RequestHead& head,
                                     std::vector<MadeCookie>* made) {
  std::optional<std::uint64_t> sum;
  for (const HashPolicy& policy : policies) {
    const auto hash = hash_one(policy, head, made);
    if (hash) sum = std::rotl(sum.value_or(0), 1) ^ *hash;
    if (policy.terminal && sum) break;
  }
  return sum;
}

std::string set_cookie_text(const MadeCookie& cookie) {
  const HashPolicy& policy = *cookie.policy;
  std::string text = fmt::format("{}=\"{:016x}\"", policy.name, cookie.value);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*policy.ttl).count();
  if (seconds > 0) text += fmt::format("; Max-Age={}", seconds);
  if (!policy.path.empty()) text += fmt::format("; Path={}", policy.path);
  for (const auto& [name, value] : policy.attributes)
    text += value.empty() ? fmt::format("; {}", name) : fmt::format("; {}={}", name, value);
  return text + "; HttpOnly";
}

}  // namespace squall::policies
