#include "policies/lb/subset_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>

#include "policies/base/ids.h"

namespace squall::policies::lb {
namespace {

class Planner {
 public:
  Planner(const ClusterConfig& cluster, const Whereabouts& own, ClusterLayout& layout)
      : cluster_(cluster), subsets_(*cluster.subsets), own_(own), layout_(layout) {}

  std::vector<SubsetStep> plan(const MetadataCriteria* criteria) {
    steps_.clear();
    if (criteria == nullptr || criteria->fallback_list.empty()) {
      look_up(criteria != nullptr ? criteria->pairs : MetadataPairs());
      return steps_;
    }
    if (!subsets_.fallback_list) {  // a key like others then, which no selector has
      look_up({});
      return steps_;
    }
    for (const MetadataPairs& instead : criteria->fallback_list) {
      look_up(merged({criteria->pairs, {}}, {instead, {}}).pairs);
    }
    return steps_;
  }

 private:
  /// One look-up with its fallbacks.
  void look_up(const MetadataPairs& wanted) {
    const SubsetSelector* selector = wanted.empty() ? nullptr : selector_of(wanted);
    if (selector != nullptr) {
      const std::uint32_t subset = subset_of(wanted, selector->single_host);
      if (subset != kNone) return step(subset, LbStat::kSubsetsSelected);
      if (fall_back(*selector, wanted)) return;
    }
    switch (subsets_.fallback) {
      case SubsetFallback::kAnyEndpoint:
        step(subset_of({}, false), LbStat::kSubsetsFallback);
        break;
      case SubsetFallback::kDefaultSubset:
        step(subset_of(subsets_.default_subset, false), LbStat::kSubsetsFallback);
        break;
      default:
        break;
    }
    panic();
  }

  void panic() {
    if (subsets_.panic_mode_any && subsets_.fallback != SubsetFallback::kNone)
      step(subset_of({}, false), LbStat::kSubsetsFallbackPanic);
  }

  /// The selector's own fallback, which Envoy does not count; false: it has none.
  bool fall_back(const SubsetSelector& selector, const MetadataPairs& wanted) {
    if (is_overlooked(selector)) return false;
    switch (selector.fallback) {
      case SubsetFallback::kNotDefined:
        return false;
      case SubsetFallback::kNone:  // nor does it panic
        break;
      case SubsetFallback::kAnyEndpoint:
        step(subset_of({}, false), std::nullopt);
        break;
      case SubsetFallback::kDefaultSubset:
        step(subset_of(subsets_.default_subset, false), std::nullopt);
        break;
      case SubsetFallback::kKeysSubset: {
        MetadataPairs fewer;
        std::ranges::copy_if(wanted, std::back_inserter(fewer), [&](const auto& pair) {
          return std::ranges::find(selector.fallback_keys, pair.first) !=
                 selector.fallback_keys.end();
        });
        look_up(fewer);
        break;
      }
    }
    return true;
  }

  /// Envoy does not keep the fallback of a selector whose keys begin those of an earlier one.
  bool is_overlooked(const SubsetSelector& selector) const {
    for (const SubsetSelector& earlier : subsets_.selectors) {
      if (&earlier == &selector) return false;
      const auto common = std::ranges::mismatch(earlier.keys, selector.keys);
      if (common.in2 == selector.keys.end()) return true;
    }
    return false;
  }

  const SubsetSelector* selector_of(const MetadataPairs& wanted) const {
    for (const SubsetSelector& selector : subsets_.selectors) {
      if (std::ranges::equal(selector.keys, wanted, {}, {}, &MetadataPairs::value_type::first))
        return &selector;
    }
    return nullptr;
  }

  bool has(const HostConfig& host, const MetadataPairs::value_type& wanted) const {
    const auto values =
        std::ranges::count(host.lb_metadata, wanted.first, &MetadataPairs::value_type::first);
    if (values > 1 && !subsets_.list_as_any) return false;  // a list is not one of its values
    return std::ranges::find(host.lb_metadata, wanted) != host.lb_metadata.end();
  }

  /// Its number in the layout; kNone: no host is like that.
  std::uint32_t subset_of(const MetadataPairs& wanted, bool single_host) {
    const auto [known, is_new] = known_.try_emplace({wanted, single_host}, kNone);
    if (!is_new) return known->second;
    std::vector<std::uint32_t> hosts;
    for (std::uint32_t i = 0; i < cluster_.hosts.size(); ++i) {
      const bool wants_it = std::ranges::all_of(
          wanted, [&](const auto& pair) { return has(cluster_.hosts[i], pair); });
      if (wants_it && layout_.has(i)) hosts.push_back(i);
    }
    if (hosts.empty()) return kNone;
    if (single_host) hosts.resize(1);
    known->second = static_cast<std::uint32_t>(layout_.subsets.size());
    ClusterConfig seen = cluster_;  // with the localities' weights as the subset has them
    seen.locality_weighted = cluster_.locality_weighted && subsets_.locality_weight_aware;
    if (seen.locality_weighted && subsets_.scale_locality_weight) scale_weights(hosts, seen);
    layout_.subsets.push_back(layout_of(seen, own_, hosts));
    keep_localities(layout_.subsets.back());
    if (picks_by_hash(cluster_.lb) && cluster_.locality_weighted)
      layout_.subsets.back().seen = std::make_unique<const ClusterConfig>(std::move(seen));
    return known->second;
  }

  /// A locality's weight counts by the part of its hosts that the subset has.
  void scale_weights(const std::vector<std::uint32_t>& hosts, ClusterConfig& seen) const {
    for (const std::uint32_t host : hosts) {
      const HostConfig& config = cluster_.hosts[host];
      const auto alike = [&](std::uint32_t number) {
        const HostConfig& other = cluster_.hosts[number];
        return other.locality == config.locality && other.priority == config.priority &&
               layout_.has(number);
      };
      const auto everybody =
          std::views::iota(0U, static_cast<std::uint32_t>(cluster_.hosts.size()));
      const auto all = std::ranges::count_if(everybody, alike);
      const auto own = std::ranges::count_if(hosts, alike);
      const double scaled = static_cast<double>(config.locality_weight) * static_cast<double>(own) /
                            static_cast<double>(all);
      seen.hosts[host].locality_weight = static_cast<std::uint32_t>(std::floor(scaled + 0.5));
    }
  }

  /// Layouts point to localities of the configuration that stays.
  void keep_localities(HostSetLayout& layout) const {
    for (PriorityLayout& priority : layout.priorities) {
      for (LocalityLayout& locality : priority.localities)
        locality.locality = &cluster_.hosts[locality.hosts.front()].locality;
    }
  }

  void step(std::uint32_t subset, std::optional<LbStat> stat) {
    if (subset != kNone) steps_.push_back({subset, stat});
  }

  const ClusterConfig& cluster_;
  const SubsetConfig& subsets_;
  const Whereabouts& own_;
  ClusterLayout& layout_;
  std::map<std::pair<MetadataPairs, bool>, std::uint32_t> known_;
  std::vector<SubsetStep> steps_;
};

}  // namespace

void plan_subsets(const ClusterConfig& cluster, const Whereabouts& own, ClusterLayout& layout) {
  Planner planner(cluster, own, layout);
  layout.plans.push_back(planner.plan(nullptr));
  for (const MetadataCriteria& criteria : cluster.criteria)
    layout.plans.push_back(planner.plan(&criteria));
}

MetadataCriteria merged(const MetadataCriteria& route, const MetadataCriteria& entry) {
  MetadataCriteria result = route;
  for (const auto& [key, value] : entry.pairs) {
    const auto known = std::ranges::find(result.pairs, key, &MetadataPairs::value_type::first);
    if (known != result.pairs.end()) {
      known->second = value;
    } else {
      result.pairs.emplace_back(key, value);
    }
  }
  std::ranges::sort(result.pairs);
  if (!entry.fallback_list.empty()) result.fallback_list = entry.fallback_list;
  return result;
}

}  // namespace squall::policies::lb
