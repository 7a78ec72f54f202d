// VirtualServices made ready: hosts resolved, delegates taken into the rules that name them.
#include <algorithm>
#include <map>
#include <optional>

#include "config/compile_rules.h"
#include "config/names.h"

namespace squall::config {
namespace {

using Kind = StringMatch::Kind;

/// Whether what `leaf` accepts lies within `root`; a regex fits no other condition.
bool fits(const std::optional<StringMatch>& root, const std::optional<StringMatch>& leaf) {
  if (!root || !leaf) return true;
  if (root->kind == Kind::kRegex || leaf->kind == Kind::kRegex) return false;
  if (root->kind == Kind::kExact) return leaf->kind == Kind::kExact && leaf->text == root->text;
  return leaf->text.starts_with(root->text);
}

bool fits(const std::map<std::string, StringMatch>& root,
          const std::map<std::string, StringMatch>& leaf) {
  return std::ranges::all_of(root, [&](const auto& one) {
    const auto mine = leaf.find(one.first);
    return mine == leaf.end() ||
           fits(std::optional<StringMatch>(one.second), std::optional<StringMatch>(mine->second));
  });
}

bool fits(const HttpMatch& root, const HttpMatch& leaf) {
  if (!fits(root.uri, leaf.uri) || !fits(root.scheme, leaf.scheme) ||
      !fits(root.method, leaf.method) || !fits(root.authority, leaf.authority) ||
      !fits(root.headers, leaf.headers) || !fits(root.without_headers, leaf.without_headers) ||
      !fits(root.query, leaf.query)) {
    return false;
  }
  if (root.uri && leaf.uri && root.ignore_uri_case != leaf.ignore_uri_case) return false;
  if (root.port != 0 && leaf.port != 0 && root.port != leaf.port) return false;
  if (!root.source_namespace.empty() && root.source_namespace != leaf.source_namespace)
    return false;
  for (const auto& [key, value] : root.source_labels) {
    const auto mine = leaf.source_labels.find(key);
    if (mine != leaf.source_labels.end() && mine->second != value) return false;
  }
  return root.gateways.empty() || std::ranges::all_of(leaf.gateways, [&](const std::string& one) {
           return std::ranges::find(root.gateways, one) != root.gateways.end();
         });
}

std::string join_names(const std::string& root, const std::string& leaf) {
  if (root.empty()) return leaf;
  return leaf.empty() ? root : root + "-" + leaf;
}

/// Both conditions at once: what the delegate says, and what only the root says.
HttpMatch both(const HttpMatch& root, const HttpMatch& leaf) {
  HttpMatch out = leaf;
  out.name = join_names(root.name, leaf.name);
  if (!out.uri) {
    out.uri = root.uri;
    out.ignore_uri_case = root.ignore_uri_case;
  }
  if (!out.scheme) out.scheme = root.scheme;
  if (!out.method) out.method = root.method;
  if (!out.authority) out.authority = root.authority;
  out.headers.insert(root.headers.begin(), root.headers.end());
  out.without_headers.insert(root.without_headers.begin(), root.without_headers.end());
  out.query.insert(root.query.begin(), root.query.end());
  if (out.port == 0) out.port = root.port;
  out.source_labels.insert(root.source_labels.begin(), root.source_labels.end());
  if (out.source_namespace.empty()) out.source_namespace = root.source_namespace;
  if (out.gateways.empty()) out.gateways = root.gateways;
  return out;
}

/// The sets of both, crossed; none when a condition of the delegate fits no condition of the root.
std::optional<std::vector<HttpMatch>> cross(const std::vector<HttpMatch>& root,
                                            const std::vector<HttpMatch>& leaf) {
  if (root.empty()) return leaf;
  if (leaf.empty()) return root;
  std::vector<HttpMatch> out;
  for (const HttpMatch& mine : leaf) {
    bool any = false;
    for (const HttpMatch& one : root) {
      if (!fits(one, mine)) continue;
      out.push_back(both(one, mine));
      any = true;
    }
    if (!any) return std::nullopt;
  }
  return out;
}

bool empty(const HeaderOperations& one) {
  return one.set.empty() && one.add.empty() && one.remove.empty();
}

std::optional<HttpRule> merge(const HttpRule& root, const HttpRule& leaf) {
  auto matches = cross(root.matches, leaf.matches);
  if (!matches) return std::nullopt;
  HttpRule out = leaf;
  out.matches = *std::move(matches);
  out.name = join_names(root.name, leaf.name);
  if (!out.rewrite) out.rewrite = root.rewrite;
  if (!out.direct) out.direct = root.direct;
  if (!out.timeout) out.timeout = root.timeout;
  if (!out.retries) out.retries = root.retries;
  if (!out.fault) out.fault = root.fault;
  if (out.mirrors.empty()) out.mirrors = root.mirrors;
  if (!out.cors) out.cors = root.cors;
  if (empty(out.headers.request) && empty(out.headers.response)) out.headers = root.headers;
  return out;
}

class Resolver {
 public:
  Resolver(const Resources& resources, const MeshConfig& config)
      : resources_(resources), config_(config) {}

  VirtualService resolve(const VirtualService& written) const {
    VirtualService out = written;
    resolve_names(out);
    std::vector<HttpRule> rules;
    for (HttpRule& rule : out.http) {
      if (rule.delegate) {
        take_delegate(out.meta, rule, rules);
      } else {
        rules.push_back(std::move(rule));
      }
    }
    out.http = std::move(rules);
    return out;
  }

 private:
  void take_delegate(const Meta& owner, const HttpRule& rule, std::vector<HttpRule>& out) const {
    const auto& [name, ns] = *rule.delegate;
    const VirtualService* found =
        resources_.virtual_services.find((ns.empty() ? owner.ns : ns) + "/" + name);
    if (found == nullptr || !found->hosts.empty()) return;
    const auto& to = found->export_to;
    const auto names = [&](std::string_view one) { return std::ranges::find(to, one) != to.end(); };
    const bool seen =
        to.empty() || names("*") || names(owner.ns) || (names(".") && found->meta.ns == owner.ns);
    if (!seen) return;
    VirtualService leaf = *found;
    resolve_names(leaf);
    for (const HttpRule& one : leaf.http) {
      if (auto merged = merge(rule, one)) out.push_back(*std::move(merged));
    }
  }

  void resolve_names(VirtualService& out) const {
    const std::string& ns = out.meta.ns;
    const auto resolve = [&](std::string& host) { host = resolve_host(host, ns, config_.domain); };
    for (std::string& host : out.hosts) resolve(host);
    for (HttpRule& rule : out.http) {
      for (WeightedDestination& one : rule.route) resolve(one.to.host);
      for (Mirror& one : rule.mirrors) resolve(one.to.host);
      for (HttpMatch& match : rule.matches) resolve_gateways(match.gateways, ns);
    }
    for (std::vector<StreamRule>* rules : {&out.tls, &out.tcp}) {
      for (StreamRule& rule : *rules) {
        for (WeightedDestination& one : rule.route) resolve(one.to.host);
        for (StreamRule::Match& match : rule.matches) resolve_gateways(match.gateways, ns);
      }
    }
    if (out.gateways.empty()) out.gateways = {"mesh"};
    resolve_gateways(out.gateways, ns);
  }

  static void resolve_gateways(std::vector<std::string>& gateways, const std::string& ns) {
    for (std::string& one : gateways) {
      if (one == "mesh") continue;
      const NamespacedName name = split_namespaced(one, ns);
      one = name.ns + "/" + name.name;
    }
  }

  const Resources& resources_;
  const MeshConfig& config_;
};

}  // namespace

std::vector<VirtualService> resolve_virtual_services(const Resources& resources,
                                                     const MeshConfig& config) {
  const Resolver resolver(resources, config);
  std::vector<VirtualService> out;
  for (const VirtualService& one : resources.virtual_services) {
    if (!one.hosts.empty()) out.push_back(resolver.resolve(one));
  }
  std::ranges::sort(
      out, [](const VirtualService& a, const VirtualService& b) { return older(a.meta, b.meta); });
  return out;
}

}  // namespace squall::config
