// Conditions of a VirtualService on requests and on the clients that get the rule.
//
// As written; a condition that is absent holds always. Source: istio/api
// networking/v1alpha3/virtual_service.proto, HTTPMatchRequest and StringMatch.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/kubernetes.h"

namespace squall::config {

struct StringMatch {
  enum class Kind : std::uint8_t { kPresent, kExact, kPrefix, kRegex };
  Kind kind = Kind::kPresent;  // kPresent: an empty match, which on a header means "is there"
  std::string text;
};

struct HttpMatch {
  std::string name;
  std::optional<StringMatch> uri;
  bool ignore_uri_case = false;
  std::optional<StringMatch> scheme;
  std::optional<StringMatch> method;
  std::optional<StringMatch> authority;
  std::map<std::string, StringMatch> headers;
  std::map<std::string, StringMatch> without_headers;
  std::map<std::string, StringMatch> query;
  int port = 0;  // 0: any
  Labels source_labels;
  std::string source_namespace;
  std::vector<std::string> gateways;
};

void read(Fields& match, HttpMatch& out);
/// A mapping with at most one of exact, prefix, regex.
void read_string_match(const Value& value, std::optional<StringMatch>& out);

}  // namespace squall::config
