// HealthChecks: what sidecars ask of hosts to find out whether these are well, as an Envoy
// configuration of a workload's own has it.
//
// A check is a request over the network to the host's pod: it may meet the pod's sidecar, and waits
// at the application as a kubelet's probe does. One whose path is an operation's does what that
// does, any other is answered as soon as its turn comes. Checks are in no figure of requests, and
// none begins after the load's end. When they come and what they mean is Control's. Cost: none
// without checks.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/ids.h"
#include "policies/health_check.h"
#include "sim/event.h"
#include "sim/model.h"
#include "sim/records.h"

namespace squall::sim {

struct World;

class HealthChecks {
 public:
  explicit HealthChecks(World& world) : world_(world) {}

  /// Of proxies that are there from the start.
  void start();
  /// A proxy's pod is back, and its sidecar begins to check anew.
  void on_up(std::uint32_t pod);
  /// It dies, and knows nothing of its checks any more.
  void on_proxy_down(std::uint32_t proxy);

  /// By the numbers of checks (Epoch::check_at).
  void send(std::uint32_t proxy, std::uint32_t check);
  /// `stays`: the connection is kept.
  void end(std::uint32_t proxy, std::uint32_t check, bool stays);
  /// Control has changed its mind about one of a proxy's hosts.
  void on_health(std::uint32_t proxy, std::uint32_t host);
  /// Whether a timer of Control's is to be forgotten: the check after the load's end.
  bool is_over(policies::TimerKind kind, Instant deadline) const;

  void on_event(const Event& event);
  void on_call_done(const Call& call);
  /// The pod that asks.
  std::uint32_t client_of(const Call& call) const;

  /// Connections to a pod are closed: all, or those to its application alone.
  void close_to(std::uint32_t pod, bool application_only);
  void close_of(const LinkFault& fault);

 private:
  struct Check {
    std::uint32_t asked = 0;  // so far; what belongs to an earlier one is late
    bool connected = false;
    std::uint32_t stream = kNone, stream_generation = 0;  // asked now; kNone: nobody
  };
  struct Row {
    std::vector<Check> checks;
    std::vector<std::uint8_t> failed;  // by host
  };

  bool has_checks(std::uint32_t proxy) const {
    return !rows_.empty() && !rows_[proxy].checks.empty();
  }
  const CheckModel& model_of(std::uint32_t proxy, std::uint32_t check) const;
  std::uint64_t random_of(std::uint32_t proxy, std::uint32_t check) const;
  void connect(std::uint32_t proxy, std::uint32_t check);
  void ask(std::uint32_t proxy, std::uint32_t check);
  void leave(Check& check);
  void conclude(std::uint32_t proxy, std::uint32_t check, policies::CheckOutcome outcome);
  template <class Holds>
  void close(const Holds& holds);

  World& world_;
  std::vector<Row> rows_;  // by proxy; empty: none has checks
};

}  // namespace squall::sim
