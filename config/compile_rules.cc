#include "config/compile_rules.h"

#include <algorithm>

#include "config/names.h"

namespace squall::config {
namespace {

bool is_superset(const std::set<std::string>& of, const std::set<std::string>& small) {
  return std::ranges::includes(of, small);
}

/// Takes the subsets that `into` has not, and the policy when it has none.
std::shared_ptr<const DestinationRule> join(const DestinationRule& into,
                                            const DestinationRule& from) {
  auto out = std::make_shared<DestinationRule>(into);
  for (const Subset& subset : from.subsets) {
    const bool there = std::ranges::any_of(
        into.subsets, [&](const Subset& mine) { return mine.name == subset.name; });
    if (!there) out->subsets.push_back(subset);
  }
  if (!out->policy) out->policy = from.policy;
  return out;
}

}  // namespace

RuleIndex::RuleIndex(const Resources& resources, const MeshConfig& config)
    : virtual_services_(resolve_virtual_services(resources, config)), root_(config.root_namespace) {
  add_rules(resources, config);
}

const RuleIndex::List* RuleIndex::Level::most_specific(std::string_view host) const {
  if (const auto at = exact.find(host); at != exact.end()) return &at->second;
  const List* best = nullptr;
  std::size_t longest = 0;
  for (const auto& [pattern, list] : wildcard) {
    if (pattern.size() <= longest || !is_subset(host, pattern)) continue;
    best = &list;
    longest = pattern.size();
  }
  return best;
}

void RuleIndex::Level::merge(const DestinationRule& rule, const std::set<std::string>& export_to) {
  List& list = (is_wildcard(rule.host) ? wildcard : exact)[rule.host];
  bool apart = true;
  for (MergedRule& entry : list) {
    // Only what is seen by the same namespaces, or by more, can be merged into an entry.
    const bool wider = !entry.export_to.empty() && is_superset(export_to, entry.export_to);
    if (export_to == entry.export_to) {
      apart = false;
    } else {
      apart = true;
      if (!wider) continue;
    }
    const bool both = rule.selector && entry.rule->selector;
    if (both && *rule.selector != *entry.rule->selector) {
      apart = true;
      continue;
    }
    entry.rule = join(*entry.rule, rule);
  }
  if (apart) list.push_back({std::make_shared<DestinationRule>(rule), export_to});
}

void RuleIndex::add_rules(const Resources& resources, const MeshConfig& config) {
  std::vector<const DestinationRule*> sorted;
  for (const DestinationRule& rule : resources.destination_rules) sorted.push_back(&rule);
  std::ranges::sort(sorted, [](const DestinationRule* a, const DestinationRule* b) {
    if (a->selector.has_value() != b->selector.has_value()) return a->selector.has_value();
    return older(a->meta, b->meta);
  });
  for (const DestinationRule* written : sorted) {
    DestinationRule rule = *written;
    rule.host = resolve_host(rule.host, rule.meta.ns, config.domain);
    std::set<std::string> to(rule.export_to.begin(), rule.export_to.end());
    if (rule.selector) to = {"."};
    const std::string& ns = rule.meta.ns;
    const bool own = to.empty() || to.contains("*") || to.contains(".") || to.contains(ns);
    if (own) local_[ns].merge(rule, to);
    const bool is_private = to.size() == 1 && (to.contains(".") || to.contains(ns));
    if (!is_private) {
      exported_[ns].merge(rule, to);
    } else if (ns == root_) {
      root_local_.merge(rule, to);
    }
  }
}

const RuleIndex::List* RuleIndex::visible(const std::string& owner, const std::string& host,
                                          const std::string& ns, List& kept) const {
  const auto level = exported_.find(owner);
  if (level == exported_.end()) return nullptr;
  const List* list = level->second.most_specific(host);
  if (list == nullptr) return nullptr;
  for (const MergedRule& entry : *list) {
    const auto& to = entry.export_to;
    if (to.empty() || to.contains("*") || to.contains(ns)) kept.push_back(entry);
  }
  return kept.empty() ? nullptr : &kept;
}

const DestinationRule* RuleIndex::rule(const std::string& host, const std::string& service_ns,
                                       const std::string& ns, const Labels& labels,
                                       bool outbound) const {
  const List* list = nullptr;
  List kept;
  if (ns == root_) {
    list = root_local_.most_specific(host);
  } else if (const auto own = local_.find(ns); own != local_.end()) {
    list = own->second.most_specific(host);
  }
  if (list == nullptr) list = visible(service_ns, host, ns, kept);
  if (list == nullptr) list = visible(root_, host, ns, kept);
  if (list == nullptr) return nullptr;
  const DestinationRule* for_all = nullptr;
  for (const MergedRule& entry : *list) {
    if (!entry.rule->selector) {
      for_all = entry.rule.get();
    } else if (outbound && contains(labels, *entry.rule->selector)) {
      return entry.rule.get();
    }
  }
  return for_all;
}

}  // namespace squall::config
