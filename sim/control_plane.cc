#include "sim/control_plane.h"

#include <algorithm>

#include "policies/base/mix.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

constexpr std::uint64_t kOfRules = std::uint64_t{1} << 32;  // not of endpoints

}  // namespace

void ControlPlane::apply(std::uint32_t index) {
  const ChangeModel& model = world_.model.changes[index];
  const auto& own = model.change->reach_delay;
  const auto& delay = own ? own : world_.model.scenario->mesh.push_delay;
  epoch_ = model.epoch;
  has_.resize(world_.proxies.size());
  Pushed pushed;
  for (std::uint32_t i = 0; i < world_.proxies.size(); ++i) {
    const Proxy& proxy = *world_.proxies[i];
    if (proxy.inbound) continue;
    const LaterConfiguration* const now = proxy.rules.at(epoch_);
    const bool concerned = now != nullptr && now->epoch == epoch_;
    const bool there = world_.pods[proxy.pod].pod_up;
    if (!concerned) {
      pushed.not_sent += there ? 1U : 0U;
      continue;
    }
    if (model.misses[proxy.pod] != 0) {
      if (there) pushed.stale.push_back(proxy.pod);
      continue;
    }
    const std::string& name = world_.model.pods[proxy.pod].name;
    const std::uint64_t random = mix(world_.seed, Purpose::kPush, name, kOfRules + epoch_);
    const Duration later = delay ? delay->sample(random) : Duration{};
    pushed.sent += there ? 1U : 0U;
    if (there) pushed.last = std::max(pushed.last, world_.engine.now() + later);
    if (later == Duration{}) {
      give(i, epoch_);
    } else {
      world_.engine.schedule(
          world_.engine.now() + later,
          {.kind = static_cast<std::uint8_t>(EventKind::kPushRules), .a = i, .b = epoch_});
    }
  }
  world_.collector.on_configured(index, pushed, world_.engine.now());
}

void ControlPlane::on_push(const Event& event) { give(event.a, event.b); }

/// A push has all that was so when it was sent; one that is overtaken has nothing new.
void ControlPlane::give(std::uint32_t index, std::uint32_t epoch) {
  if (epoch <= has_[index]) return;
  has_[index] = epoch;
  Proxy& proxy = *world_.proxies[index];
  const LaterConfiguration* const next = proxy.rules.at(epoch);
  if (next == nullptr || &proxy.worker.configuration() == next->rules.get()) return;
  const Instant now = world_.engine.now();
  const policies::Epoch& before = proxy.worker.configuration().epoch;
  proxy.worker.on_config(*next->rules, next->number, now);
  proxy.control.on_config(*next->rules, next->number, now);
  world_.endpoints.on_new_clusters(index, before);
  world_.collector.on_rules(index, next->rules->epoch, now);
  world_.sidecars.pump(index);
}

void ControlPlane::on_proxy_start(std::uint32_t index) {
  if (has_.empty() || world_.proxies[index]->inbound) return;
  has_[index] = 0;
  give(index, epoch_);
}

}  // namespace squall::sim
