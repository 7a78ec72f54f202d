// ControlPlane: rules that change, and what each proxy has of them.
//
// A change is pushed to the proxies that it concerns; each has it after its own delay, or never.
// Proxies that begin anew get what holds now. Cost: none without changes of rules.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/time.h"
#include "sim/event.h"

namespace squall::sim {

struct World;

/// Whom a change of rules goes to, of the proxies that are there.
struct Pushed {
  std::uint32_t sent = 0, not_sent = 0;  // not_sent: it does not concern them
  Instant last{};                        // when the last of those has it
  std::vector<std::uint32_t> stale;      // pods whose proxies never get it
};

class ControlPlane {
 public:
  explicit ControlPlane(World& world) : world_(world) {}

  /// A change of rules, by number of the model's changes.
  void apply(std::uint32_t change);
  void on_push(const Event& event);
  void on_proxy_start(std::uint32_t proxy);

 private:
  void give(std::uint32_t proxy, std::uint32_t epoch);

  World& world_;
  std::uint32_t epoch_ = 0;         // what holds
  std::vector<std::uint32_t> has_;  // by proxy; empty: nothing ever changed
};

}  // namespace squall::sim
