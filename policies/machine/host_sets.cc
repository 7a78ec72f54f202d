#include "policies/machine/host_sets.h"

#include <array>

#include "policies/base/check.h"

namespace squall::policies {

HostSets::HostSets(const lb::HostSetLayout& layout, std::uint64_t seed)
    : layout_(&layout), seed_(seed), priorities_(layout.priorities.size()) {
  for (PrioritySet& set : priorities_) {
    set.all = lb::Balancer(seed_);
    set.healthy = lb::Balancer(seed_);
  }
  make_localities();
}

void HostSets::make_localities() {
  for (std::size_t p = 0; p < priorities_.size(); ++p) {
    const bool zones = layout_->locality_use == lb::LocalityUse::kZoneAware && p == 0 &&
                       layout_->priorities[p].localities.size() > 1;
    const bool wanted = zones || layout_->locality_use == lb::LocalityUse::kWeighted;
    priorities_[p].localities =
        wanted ? std::make_unique<LocalitySets>(*layout_, p, seed_) : nullptr;
  }
}

void HostSets::on_layout(const lb::HostSetLayout& layout) {
  SQUALL_DCHECK(layout.priorities.size() == priorities_.size());
  layout_ = &layout;
  make_localities();
}

void HostSets::split(const lb::HostList& all, const HostsNow& now, Partial& out) const {
  for (lb::HostList* list : {&out.healthy, &out.degraded}) {
    list->hosts.clear();
    list->weights.clear();
  }
  for (std::size_t i = 0; i < all.hosts.size(); ++i) {
    const CoarseHealth coarse = now.hosts[all.hosts[i]].health.coarse();
    if (coarse == CoarseHealth::kUnhealthy) continue;
    lb::HostList& list = coarse == CoarseHealth::kHealthy ? out.healthy : out.degraded;
    list.hosts.push_back(all.hosts[i]);
    if (!all.weights.empty()) list.weights.push_back(all.weights[i]);
  }
}

PriorityHosts HostSets::update(std::size_t priority, const HostsNow& now) {
  PrioritySet& set = priorities_[priority];
  const lb::PriorityLayout& layout = layout_->priorities[priority];
  PriorityHosts counts;
  for (const std::uint32_t host : layout.hosts)
    counts.add(now.hosts[host].health, now.config.hosts[host].weight);
  set.is_partial = counts.healthy != counts.hosts;
  const lb::HostView everybody = now.view(layout);
  const ClusterConfig& config = layout_->seen ? *layout_->seen : now.config;
  lb::HostChange change{.cluster = config,
                        .view = everybody,
                        .seed = seed_,
                        .now = now.now,
                        .table = layout.table.get(),
                        .own_locality = now.own_locality};
  set.all.on_hosts(change);
  if (!set.is_partial) {
    set.healthy.on_hosts(change);
  } else {
    if (set.partial == nullptr) {
      set.partial = std::make_unique<Partial>();
      set.partial->degraded_balancer = lb::Balancer(seed_);
    }
    split(layout, now, *set.partial);
    const auto tell = [&](lb::Balancer& balancer, const lb::HostList& list) {
      const lb::HostView view = now.view(list);
      balancer.on_hosts({.cluster = config,
                         .view = view,
                         .seed = seed_,
                         .now = now.now,
                         .own_locality = now.own_locality});
    };
    tell(set.healthy, set.partial->healthy);
    if (!picks_by_hash(now.config.lb)) tell(set.partial->degraded_balancer, set.partial->degraded);
  }
  if (set.localities) set.localities->on_change(now);
  return counts;
}

void HostSets::on_change(const HostsNow& now) {
  // Memory only for more priorities than anybody has.
  std::array<PriorityHosts, 8> few;
  std::vector<PriorityHosts> many(priorities_.size() > few.size() ? priorities_.size() : 0);
  const std::span<PriorityHosts> counts =
      many.empty() ? std::span(few).first(priorities_.size()) : std::span(many);
  bool everybody_healthy = true;
  for (std::size_t p = 0; p < priorities_.size(); ++p) {
    counts[p] = update(p, now);
    everybody_healthy = everybody_healthy && !priorities_[p].is_partial;
  }
  compute_priority_loads(now.config, counts, loads_);
  simple_ = everybody_healthy && priorities_.size() == 1;
  usual_ = simple_ && !loads_.front().panic && priorities_.front().localities == nullptr;
}

void HostSets::on_callers(const HostsNow& now, const CallerZones& callers,
                          const LbCounters& counters) {
  LocalitySets* const first = priorities_.front().localities.get();
  if (first != nullptr) first->on_callers(now, callers, counters);
}

std::uint32_t HostSets::pick(const HostsNow& now, PriorityChoice choice, lb::Draws& draws,
                             const LbCounters& counters) {
  if (choice.priority >= priorities_.size()) return kNone;
  PrioritySet& set = priorities_[choice.priority];
  const lb::PriorityLayout& layout = layout_->priorities[choice.priority];
  const bool by_hash = picks_by_hash(now.config.lb);
  if (loads_[choice.priority].panic) {
    // Hashes look up another entry of what has been chosen once.
    if (!by_hash || draws.pick == 0) counters.counters->add(Stat::kLbHealthyPanic);
    if (now.config.fail_traffic_on_panic && !by_hash) return kNone;
    return set.all.pick(now.config, now.view(layout), draws);
  }
  if (set.localities) {
    const auto host = set.localities->pick(now, choice.degraded, draws, counters);
    if (host) return *host;
  }
  if (choice.degraded && !by_hash) {
    if (!set.is_partial) return kNone;
    return set.partial->degraded_balancer.pick(now.config, now.view(set.partial->degraded), draws);
  }
  const lb::HostView view = set.is_partial ? now.view(set.partial->healthy) : now.view(layout);
  return set.healthy.pick(now.config, view, draws);
}

}  // namespace squall::policies
