// Proxy: one sidecar half in a run: its machine, and what the engine keeps for it.
//
// The machine's records carry in their tags what they are about: a request the call that it is for,
// or where the proxy serves the stream that brought it (a copy's is its call), an attempt its
// stream; and the handles of the timers that every request has.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "decisions/recorded.h"
#include "sim/engine.h"
#include "sim/model.h"
#include "sim/records.h"
#include "sim/timer_table.h"

namespace squall::sim {

struct ConnectionSlot {
  Target target;
  std::uint32_t generation = 0;
  bool open = false;
  bool counted = false;         // among the connections of its edge
  bool in_memory = false;       // in the memory of the sidecar that made it
  bool in_peer_memory = false;  // and of the one that it leads to
  bool unread = false;          // the server has refused the client's certificate
};
struct ClusterSlot {                         // counters as they were last read
  std::array<std::uint64_t, 4> overflows{};  // by reports::Limit
  std::uint64_t panics = 0, refused_ejections = 0;
};

struct Proxy {
  Proxy(const ConfigurationModel& configuration, const ProxyModel& model, std::uint64_t random,
        Instant now, const decisions::Recording& recording)
      : rules(configuration),
        pod(model.pod),
        inbound(model.inbound),
        serves(model.serves),
        worker(*configuration.rules, random, now, recording),
        control(*configuration.rules, random, now, recording),
        clusters(configuration.rules->epoch.clusters.size()) {}

  ConnectionSlot& connection(std::uint32_t index) { return slot(connections, index); }
  TimerHandle timer(policies::TimerKind kind, std::uint32_t owner) {
    using policies::TimerKind;
    if (kind == TimerKind::kGlobal) return handle_of(worker.request(owner).timer);
    if (kind == TimerKind::kPerTry) return handle_of(worker.attempt(owner).timer);
    return timers.at(kind, owner);
  }
  void set_timer(policies::TimerKind kind, std::uint32_t owner, TimerHandle handle) {
    using policies::TimerKind;
    if (kind == TimerKind::kGlobal) {
      worker.request(owner).timer = std::bit_cast<std::uint64_t>(handle);
    } else if (kind == TimerKind::kPerTry) {
      worker.attempt(owner).timer = std::bit_cast<std::uint64_t>(handle);
    } else {
      timers.at(kind, owner) = handle;
    }
  }
  Target target_of(std::uint32_t host) const;
  /// Before the proxy goes down.
  void cancel_timers(Engine& engine);

  const ConfigurationModel& rules;
  std::uint32_t pod;
  bool inbound, serves;  // as ProxyModel has them
  Answer arriving;       // the response that the worker is deciding on
  Answer delivered;      // what the latest request that ended was answered
  decisions::RecordedWorker worker;
  decisions::RecordedControl control;
  TimerTable timers;  // but those of every request
  std::vector<ConnectionSlot> connections;
  std::vector<ClusterSlot> clusters;

 private:
  static TimerHandle handle_of(std::uint64_t bits) { return std::bit_cast<TimerHandle>(bits); }
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
