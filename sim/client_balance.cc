#include "sim/client_balance.h"

#include "sim/world.h"

namespace squall::sim {

std::uint32_t Clients::requests_at(std::uint32_t service, std::uint32_t endpoint) const {
  const Station& station =
      world_.pods[world_.model.services[service].endpoints[endpoint].pod].station;
  return station.serving() + station.waiting();
}

/// To the pod itself: to its sidecar such a call is bytes for an address that no Service has.
void Clients::send_to_replica(Call& sent, const State& state, std::uint32_t pod,
                              std::uint64_t random) {
  const CallSite& site = world_.transport.site_of(sent);
  sent.begun = now();
  sent.pod = pod;
  std::uint32_t chosen = kNone;
  if (const auto ready = world_.ready_endpoints.of(site.service, site.port); !ready.empty()) {
    chosen = balanced(ready, state.settings->balance->choices, random, [&](std::uint32_t i) {
      return state.known.empty() ? requests_at(site.service, i) : state.known[i];
    });
  }
  const bool passed_on = pod != kNone && world_.pods[pod].outbound != kNone;
  if (chosen != kNone && passed_on && world_.pods[pod].sidecar_costs)
    return world_.sidecar_costs.send(sent, random, chosen);
  world_.transport.send_directly(sent, site, chosen, random);
}

/// At all replicas, where it knows them from time to time only.
void Clients::look(std::uint32_t client, State& state) {
  const auto& balance = state.settings->balance;
  if (!balance || !balance->refresh) return;
  const std::uint32_t service = world_.model.clients[client].service;
  state.known.resize(world_.model.services[service].endpoints.size());
  for (std::uint32_t i = 0; i < state.known.size(); ++i) state.known[i] = requests_at(service, i);
}

/// At any instant of a period, each client at its own; none when the load has ended.
void Clients::start() {
  const Model& model = world_.model;
  for (std::uint32_t i = 0; i < model.clients.size(); ++i) {
    const ClientModel& client = model.clients[i];
    const auto& balance = client.settings->balance;
    if (!balance || !balance->refresh) continue;
    const bool outside = client.load != kNone;
    const std::uint32_t replicas = outside ? 1 : model.workloads[client.workload].pods;
    for (std::uint32_t k = 0; k < replicas; ++k) {
      const std::uint32_t state = first_state_[i] + k;
      const std::uint64_t key =
          outside ? model.loads[client.load].key
                  : model.pods[model.workloads[client.workload].first_pod + k].key;
      const std::uint64_t random = mix(mix(world_.seed, key), Purpose::kBalancerSeed,
                                       hash_name(model.services[client.service].host));
      const double part = unit(random) * static_cast<double>(balance->refresh->count());
      look(i, states_[state]);
      schedule_refresh(Instant(Duration(static_cast<std::int64_t>(part))), i, state);
    }
  }
}

void Clients::schedule_refresh(Instant at, std::uint32_t client, std::uint32_t state) {
  if (at >= Instant(world_.model.scenario->duration)) return;
  world_.engine.schedule(
      at, {.kind = static_cast<std::uint8_t>(EventKind::kClientRefresh), .a = client, .b = state});
}

void Clients::on_refresh(std::uint32_t client, std::uint32_t state) {
  look(client, states_[state]);
  schedule_refresh(now() + *states_[state].settings->balance->refresh, client, state);
}

}  // namespace squall::sim
