#include "sim/dns.h"

#include "sim/world.h"

namespace squall::sim {

/// Whether its hosts are some that the proxy would have to ask for over what fails.
bool Dns::concerns(const LinkFault& link, std::uint32_t proxy, std::uint32_t cluster) const {
  const Proxy& asks = *world_.proxies[proxy];
  const policies::Epoch& epoch = asks.rules.rules->epoch;
  const std::uint32_t first = epoch.hosts_begin(cluster);
  for (std::uint32_t i = 0; i < epoch.clusters[cluster].hosts.size(); ++i) {
    const std::uint32_t pod = asks.rules.targets[first + i].pod;
    if (pod != kNone && link.meets(asks.pod, pod, scenarios::Fault::Direction::kBoth)) return true;
  }
  return false;
}

void Dns::on_fault(std::uint32_t fault, bool begins) {
  const bool stale = world_.model.faults[fault].fault->stale;
  for (const LinkFault& link : world_.model.dns_faults) {
    if (link.fault != fault) continue;
    for (std::uint32_t i = 0; i < world_.proxies.size(); ++i) {
      if (world_.proxies[i]->inbound) continue;
      bool any = false;
      for (const std::uint32_t cluster : world_.proxies[i]->rules.by_dns) {
        if (!concerns(link, i, cluster)) continue;
        begins ? begin(i, cluster, stale) : end(i, cluster, stale);
        any = true;
      }
      if (any) world_.sidecars.pump(i);
    }
  }
}

/// When the run begins nobody has asked yet.
void Dns::begin(std::uint32_t proxy, std::uint32_t cluster, bool stale) {
  const auto [at, fresh] = held_.try_emplace({proxy, cluster});
  Held& held = at->second;
  if (fresh) {
    const bool has = world_.proxies[proxy]->worker.configuration().epoch.has(cluster);
    const bool asked = has && world_.engine.now() > Instant{};
    held.answer = world_.endpoints.seen(proxy);
    held.known = asked ? held.answer : kNone;
  }
  ++(stale ? held.stale : held.failing);
  if (held.known == kNone) ask(proxy, cluster, held);
}

void Dns::end(std::uint32_t proxy, std::uint32_t cluster, bool stale) {
  const auto at = held_.find({proxy, cluster});
  Held& held = at->second;
  --(stale ? held.stale : held.failing);
  if (held.stale + held.failing > 0) {
    if (held.known == kNone) ask(proxy, cluster, held);
    return;
  }
  held_.erase(at);
  world_.endpoints.tell_of(proxy, cluster);
}

/// By a proxy that has no answer: it gets the old one, or none.
void Dns::ask(std::uint32_t proxy, std::uint32_t cluster, Held& held) {
  held.known = held.failing > 0 ? kNone : held.answer;
  world_.endpoints.tell_of(proxy, cluster);
}

void Dns::on_start(std::uint32_t pod) {
  const PodModel& model = world_.model.pods[pod];
  const std::uint32_t proxy = model.waypoint ? model.inbound : model.outbound;
  if (held_.empty() || proxy == kNone) return;
  for (auto at = held_.lower_bound({proxy, 0}); at != held_.end() && at->first.first == proxy; ++at)
    ask(proxy, at->first.second, at->second);
  world_.sidecars.pump(proxy);
}

void Dns::on_new_cluster(std::uint32_t proxy, std::uint32_t cluster) {
  const auto at = held_.find({proxy, cluster});
  if (at != held_.end()) ask(proxy, cluster, at->second);
}

}  // namespace squall::sim
