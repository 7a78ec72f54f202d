// Envoy's route match and hash policy from Istio's; retries.
#include <algorithm>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

using Kind = StringMatch::Kind;

constexpr std::string_view kRetryOn =
    "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

bool is_present(const StringMatch& match) {
  return match.kind == Kind::kPresent || (match.kind == Kind::kRegex && match.text == "*");
}

Json header(const std::string& name, const StringMatch& match, bool inverted) {
  Json out = {{"name", name}};
  if (is_present(match)) {
    out["presentMatch"] = true;
  } else {
    out["stringMatch"] = string_match(match);
  }
  if (!inverted) return out;
  out["invertMatch"] = true;
  if (!is_present(match)) out["treatMissingHeaderAsEmpty"] = true;
  return out;
}

void add_path(const HttpMatch& match, Json& out) {
  const StringMatch path = match.uri.value_or(StringMatch{Kind::kPrefix, "/"});
  switch (path.kind) {
    case Kind::kExact:
      out["path"] = path.text;
      break;
    case Kind::kRegex:
      out["safeRegex"] = {{"regex", path.text}};
      break;
    case Kind::kPrefix:
      out["prefix"] = path.text;
      break;
    case Kind::kPresent:
      out["prefix"] = "/";
      break;
  }
  out["caseSensitive"] = !match.ignore_uri_case;
}

bool is_status(std::string_view word) {
  return word.size() == 3 && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

/// Numbers of the list become retriable status codes.
void add_conditions(const std::string& written, Json& out) {
  std::string words;
  bool listed = false;
  Json codes = Json::array();
  for (std::size_t from = 0; from <= written.size();) {
    const std::size_t to = std::min(written.find(',', from), written.size());
    const std::string word = written.substr(from, to - from);
    from = to + 1;
    if (is_status(word)) {
      codes.push_back(std::stoi(word));
      continue;
    }
    if (word == "retriable-status-codes") listed = true;
    words += (words.empty() ? "" : ",") + word;
  }
  if (!codes.empty() && !listed)
    words += (words.empty() ? "" : ",") + std::string("retriable-status-codes");
  out["retryOn"] = words;
  if (!codes.empty()) out["retriableStatusCodes"] = std::move(codes);
}

}  // namespace

Json string_match(const StringMatch& match) {
  switch (match.kind) {
    case Kind::kExact:
      return {{"exact", match.text}};
    case Kind::kPrefix:
      return {{"prefix", match.text}};
    case Kind::kRegex:
      return {{"safeRegex", {{"regex", match.text}}}};
    case Kind::kPresent:
      return {{"safeRegex", {{"regex", ".*"}}}};
  }
  return nullptr;
}

Json match_of(const HttpMatch* match) {
  if (match == nullptr) return {{"prefix", "/"}};
  Json out = Json::object();
  add_path(*match, out);
  Json headers = Json::array();
  for (const auto& [name, one] : match->headers) headers.push_back(header(name, one, false));
  for (const auto& [name, one] : match->without_headers) headers.push_back(header(name, one, true));
  if (match->method) headers.push_back(header(":method", *match->method, false));
  if (match->authority) headers.push_back(header(":authority", *match->authority, false));
  if (match->scheme) headers.push_back(header(":scheme", *match->scheme, false));
  if (!headers.empty()) out["headers"] = std::move(headers);
  for (const auto& [name, one] : match->query) {
    Json query = {{"name", name}};
    if (is_present(one)) {
      query["presentMatch"] = true;
    } else {
      query["stringMatch"] = string_match(one);
    }
    out["queryParameters"].push_back(std::move(query));
  }
  return out;
}

Json retry_policy(const std::optional<Retries>& written, const MeshConfig& config,
                  bool avoid_previous) {
  const std::optional<Retries>& from = written ? written : config.default_retries;
  Json out = Json::object();
  if (from && from->attempts <= 0) return nullptr;
  add_conditions(from && !from->retry_on.empty() ? from->retry_on : std::string(kRetryOn), out);
  out["numRetries"] = from ? from->attempts : 2;
  if (from && from->per_try_timeout) out["perTryTimeout"] = proto_duration(*from->per_try_timeout);
  if (from && from->remote_localities.value_or(false)) {
    out["retryPriority"] = {{"name", "envoy.retry_priorities.previous_priorities"},
                            {"updateFrequency", 2}};
  }
  if (from && from->ignore_previous_hosts) avoid_previous = *from->ignore_previous_hosts;
  if (avoid_previous) {
    out["retryHostPredicate"] = Json::array({"envoy.retry_host_predicates.previous_hosts"});
  }
  out["hostSelectionRetryMaxAttempts"] = "5";
  if (from && from->backoff) {
    out["retryBackOff"] = {{"baseInterval", proto_duration(*from->backoff)}};
  }
  return out;
}

Json hash_policy(const TrafficPolicy& policy) {
  if (!policy.balancer || !policy.balancer->hash) return nullptr;
  const ConsistentHash& hash = *policy.balancer->hash;
  switch (hash.on) {
    case ConsistentHash::On::kHeader:
      return {{"header", {{"headerName", hash.name}}}};
    case ConsistentHash::On::kQuery:
      return {{"queryParameter", {{"name", hash.name}}}};
    case ConsistentHash::On::kSourceIp:
      return {{"connectionProperties", {{"sourceIp", true}}}};
    case ConsistentHash::On::kCookie:
      break;
  }
  Json cookie = {{"name", hash.name}};
  if (hash.cookie_ttl) cookie["ttl"] = proto_duration(*hash.cookie_ttl);
  if (!hash.cookie_path.empty()) cookie["path"] = hash.cookie_path;
  return {{"cookie", std::move(cookie)}};
}

}  // namespace squall::config
