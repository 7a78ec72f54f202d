#include "config/istio_match.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/istio_check.h"

namespace squall::config {
namespace {

void read_match_map(Fields& match, std::string_view name, bool prefix_may_be_empty,
                    std::map<std::string, StringMatch>& out) {
  match.map(name, [&](const std::string& key, const Value& value) {
    std::optional<StringMatch> one;
    if (value) {
      read_string_match(value, one);
    } else {
      one.emplace();
    }
    if (!one) return;
    if (one->kind == StringMatch::Kind::kPrefix && one->text.empty() && !prefix_may_be_empty) {
      value.member(*std::ranges::find(value.node().members, "prefix", &Node::Member::key))
          .error("an empty prefix is refused", "leave the condition out or write {}");
    }
    out[key] = *std::move(one);
  });
}

void check_prefix(const Value& value, const std::optional<StringMatch>& match) {
  if (match && match->kind == StringMatch::Kind::kPrefix && match->text.empty()) {
    value.error("an empty prefix is refused", "leave the condition out");
  }
}

}  // namespace

void read_string_match(const Value& value, std::optional<StringMatch>& out) {
  if (!value) return;
  using Kind = StringMatch::Kind;
  Fields f(value);
  StringMatch match;
  f.at_most_one({"exact", "prefix", "regex"});
  if (f.text("exact", match.text)) match.kind = Kind::kExact;
  if (f.text("prefix", match.text)) match.kind = Kind::kPrefix;
  if (f.text("regex", match.text)) {
    match.kind = Kind::kRegex;
    check_regex(f["regex"], match.text);
  }
  f.finish();
  out = std::move(match);
}

void read(Fields& f, HttpMatch& out) {
  f.text("name", out.name);
  read_string_match(f["uri"], out.uri);
  f.boolean("ignoreUriCase", out.ignore_uri_case);
  read_string_match(f["scheme"], out.scheme);
  read_string_match(f["method"], out.method);
  read_string_match(f["authority"], out.authority);
  check_prefix(f["scheme"], out.scheme);
  check_prefix(f["method"], out.method);
  check_prefix(f["authority"], out.authority);
  read_match_map(f, "headers", false, out.headers);
  read_match_map(f, "withoutHeaders", true, out.without_headers);
  read_match_map(f, "queryParams", false, out.query);
  f.integer("port", out.port, {1, 65535});
  read_labels(f, "sourceLabels", out.source_labels);
  f.text("sourceNamespace", out.source_namespace);
  f.texts("gateways", out.gateways);
  f.accept({"statPrefix"});
}

}  // namespace squall::config
