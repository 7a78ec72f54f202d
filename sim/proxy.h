// Proxy: one sidecar half in a run: its machine, and what the engine keeps for it.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "policies/control.h"
#include "policies/worker.h"
#include "sim/engine.h"
#include "sim/model.h"
#include "sim/records.h"

namespace squall::sim {

struct alignas(32) RequestSlot {
  std::uint32_t call = kNone;    // outbound: whose request it is
  std::uint32_t stream = kNone;  // inbound: what brought it
  std::uint32_t head = 0;
  TimerHandle global, backoff;
};
struct alignas(16) AttemptSlot {
  std::uint32_t stream = kNone;
  TimerHandle per_try;
};
struct ConnectionSlot {
  Target target;
  std::uint32_t generation = 0;
  bool open = false;
  TimerHandle connect, idle, longest;
};
struct ClusterSlot {
  TimerHandle sweep, merge;
  std::array<std::uint32_t, 4> overflows{};  // by reports::Limit, as they were last read
};

struct Proxy {
  Proxy(const ConfigurationModel& configuration, const ProxyModel& model, Instant now)
      : rules(configuration),
        pod(model.pod),
        inbound(model.inbound),
        worker(*configuration.rules, model.random),
        control(*configuration.rules, model.random, now),
        clusters(configuration.rules->epoch.clusters.size()) {}

  RequestSlot& request(std::uint32_t index) { return slot(requests, index); }
  AttemptSlot& attempt(std::uint32_t index) { return slot(attempts, index); }
  ConnectionSlot& connection(std::uint32_t index) { return slot(connections, index); }
  TimerHandle& timer(policies::TimerKind kind, std::uint32_t owner) {
    return kind == policies::TimerKind::kGlobal ? request(owner).global : other_timer(kind, owner);
  }
  /// Before the proxy goes down.
  void cancel_timers(Engine& engine);

  const ConfigurationModel& rules;
  std::uint32_t pod;
  bool inbound;
  policies::Worker worker;
  policies::Control control;
  std::vector<RequestSlot> requests;
  std::vector<AttemptSlot> attempts;
  std::vector<ConnectionSlot> connections;
  std::vector<ClusterSlot> clusters;
  Answer arriving;   // the response that the worker is deciding on
  Answer delivered;  // what the latest request that ended was answered

 private:
  TimerHandle& other_timer(policies::TimerKind kind, std::uint32_t owner);
  template <class Slot>
  static Slot& slot(std::vector<Slot>& slots, std::uint32_t index) {
    if (index >= slots.size()) [[unlikely]]
      widen(slots, index);
    return slots[index];
  }
  template <class Slot>
  [[gnu::noinline]] static void widen(std::vector<Slot>& slots, std::uint32_t index) {
    slots.resize(std::size_t{index} * 2 + 8);
  }
};

}  // namespace squall::sim
