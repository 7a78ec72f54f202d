// Subsets of a cluster, what routes ask of them, and hash policies of routes.
#include <fmt/format.h>

#include <algorithm>

#include "config/bootstrap_cluster_parts.h"

namespace squall::config::envoy {
namespace {

using policies::HashPolicy;
using policies::SubsetFallback;

void read_selector(Fields& f, policies::SubsetSelector& out) {
  f.texts("keys", out.keys);
  std::ranges::sort(out.keys);
  f.boolean("single_host_per_subset", out.single_host);
  f.choice("fallback_policy", out.fallback,
           {{"NOT_DEFINED", SubsetFallback::kNotDefined},
            {"NO_FALLBACK", SubsetFallback::kNone},
            {"ANY_ENDPOINT", SubsetFallback::kAnyEndpoint},
            {"DEFAULT_SUBSET", SubsetFallback::kDefaultSubset},
            {"KEYS_SUBSET", SubsetFallback::kKeysSubset}});
  f.texts("fallback_keys_subset", out.fallback_keys);
  if (out.single_host && out.keys.size() != 1) f["single_host_per_subset"].error("needs one key");
  if (out.fallback != SubsetFallback::kKeysSubset) return;
  const bool within = std::ranges::all_of(out.fallback_keys, [&](const std::string& key) {
    return std::ranges::find(out.keys, key) != out.keys.end();
  });
  if (out.fallback_keys.empty() || !within || out.fallback_keys.size() >= out.keys.size()) {
    f["fallback_policy"].error("KEYS_SUBSET goes on with some of the selector's own keys",
                               "name fewer of them in fallback_keys_subset");
  }
}

/// A mapping of texts, sorted by key.
void read_pairs(const Value& value, policies::MetadataPairs& out) {
  if (!value.is_mapping()) return;
  for (const Node::Member& member : value.node().members) {
    const Value one = value.member(member);
    if (one && one.node().is_scalar()) {
      out.emplace_back(member.key, one.node().text);
    } else {
      one.expected("a text, a number, true or false");
    }
  }
  std::ranges::sort(out);
}

void read_cookie(Fields& f, HashPolicy& out) {
  out.kind = HashPolicy::Kind::kCookie;
  if (!read_nonempty(f, "name", out.name)) f.require("name");
  f.duration("ttl", out.ttl);
  f.text("path", out.path);
  f.objects("attributes", [&](Fields& attribute) {
    auto& [name, value] = out.attributes.emplace_back();
    if (!read_nonempty(attribute, "name", name)) attribute.require("name");
    attribute.text("value", value);
  });
}

void read_hash_policy(Fields& f, HashPolicy& out) {
  exactly_one(f, {"header", "cookie", "connection_properties", "query_parameter"},
              {"filter_state"});
  f.object("header", [&](Fields& header) {
    if (!read_nonempty(header, "header_name", out.name)) header.require("header_name");
    check_line(header["header_name"], out.name);
    out.name = lower_case(out.name);
    out.rewrite = read_regex_rewrite(header, "regex_rewrite");
  });
  f.object("cookie", [&](Fields& cookie) { read_cookie(cookie, out); });
  f.object("connection_properties", [&](Fields& connection) {
    out.kind = HashPolicy::Kind::kSourceIp;
    bool source_ip = false;
    connection.boolean("source_ip", source_ip);
    if (!source_ip) connection.value().error("nothing to hash", "set source_ip");
  });
  f.object("query_parameter", [&](Fields& query) {
    out.kind = HashPolicy::Kind::kQueryParameter;
    if (!read_nonempty(query, "name", out.name)) query.require("name");
  });
  f.boolean("terminal", out.terminal);
}

}  // namespace

void read_subsets(Fields& f, policies::SubsetConfig& out) {
  f.choice("fallback_policy", out.fallback,
           {{"NO_FALLBACK", SubsetFallback::kNone},
            {"ANY_ENDPOINT", SubsetFallback::kAnyEndpoint},
            {"DEFAULT_SUBSET", SubsetFallback::kDefaultSubset}});
  if (const Value subset = f["default_subset"]; subset) read_pairs(subset, out.default_subset);
  f.objects("subset_selectors", [&](Fields& g) { read_selector(g, out.selectors.emplace_back()); });
  f.boolean("locality_weight_aware", out.locality_weight_aware);
  f.boolean("scale_locality_weight", out.scale_locality_weight);
  f.boolean("panic_mode_any", out.panic_mode_any);
  f.boolean("list_as_any", out.list_as_any);
  f.choice("metadata_fallback_policy", out.fallback_list,
           {{"METADATA_NO_FALLBACK", false}, {"FALLBACK_LIST", true}});
  refuse(f, {"allow_redundant_keys"});
}

void read_metadata_match(Fields& f, std::string_view name, policies::MetadataCriteria& out) {
  f.object(name, [&](Fields& metadata) {
    metadata.accept({"typed_filter_metadata"});
    metadata.map("filter_metadata", [&](const std::string& filter, const Value& fields) {
      if (filter != "envoy.lb" || !fields.is_mapping()) return;
      for (const Node::Member& member : fields.node().members) {
        const Value value = fields.member(member);
        if (member.key == "fallback_list" && value.node().is_sequence()) {
          for (std::size_t i = 0; i < value.node().items.size(); ++i)
            read_pairs(value.item(i), out.fallback_list.emplace_back());
        } else if (value && value.node().is_scalar()) {
          out.pairs.emplace_back(member.key, value.node().text);
        } else {
          value.expected("a text, a number, true or false");
        }
      }
      std::ranges::sort(out.pairs);
    });
  });
}

void read_hash_policies(Fields& f, std::string_view name, std::vector<HashPolicy>& out) {
  f.objects(name, [&](Fields& g) { read_hash_policy(g, out.emplace_back()); });
}

}  // namespace squall::config::envoy
