// SidecarCosts: what a sidecar's work and memory do, where a scenario says that they cost.
//
// A request that comes to a sidecar, for its application or from it, waits for one of the workers
// of the process, in order, and takes `cpu` of it; only then its policies see the request. As all
// take the same time, the n-th begins once the (n - workers)-th has ended. A sidecar whose
// connections need more memory than there is is killed and starts anew; until then its pod is not
// ready. Not here: costs of answers, of bytes, of connecting. Cost: an event for each request and
// sidecar; where nothing is said, none of this is asked.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/time.h"
#include "sim/carried.h"
#include "sim/event.h"
#include "sim/proxy.h"
#include "sim/records.h"
#include "sim/restart_backoff.h"

namespace squall::sim {

struct World;

class SidecarCosts {
 public:
  explicit SidecarCosts(World& world) : world_(world) {}

  /// Where anything costs.
  void start();
  /// REQUIRES: the pod's sidecar costs. A request comes to it, takes its turn and enters.
  void receive(Stream& stream);
  /// To an endpoint of its service that the application has chosen; kNone: its sidecar chooses.
  void send(Call& call, std::uint64_t random, std::uint32_t endpoint = kNone);
  void on_event(const Event& event);

  /// Whether connections need memory.
  bool weighs() const { return weighs_; }
  void on_connection(std::uint32_t pod, ConnectionSlot& slot);
  void on_connection_end(std::uint32_t pod, ConnectionSlot& slot);
  /// It goes down with its pod, and comes back with it.
  void lose(std::uint32_t pod);

 private:
  enum class Step : std::uint8_t { kReceived, kSent, kOutOfMemory, kBack };
  struct Row {
    std::vector<Instant> ends;  // of the latest work of each worker; the oldest is `next`
    std::uint32_t next = 0;
    std::uint32_t life = 0;
    std::uint32_t connections = 0;
    RestartBackoff restarts;  // by the kubelet
    Instant back{};           // since when it runs
  };

  struct Waiting {  // a call, for its turn
    std::uint64_t random = 0;
    std::uint32_t endpoint = kNone;
  };

  void pass_on(Call& call, const Waiting& waiting);
  void schedule(Step step, Instant at, std::uint32_t pod, std::uint32_t b);
  Instant served(Row& row) const;
  std::int64_t most(std::uint32_t pod) const;
  void add(std::uint32_t pod);
  void begin_anew(std::uint32_t pod);
  void kill(std::uint32_t pod);
  void reset_calls(std::uint32_t pod);
  void come_back(std::uint32_t pod);

  World& world_;
  bool weighs_ = false;
  std::vector<Row> rows_;    // by pod; empty: nothing costs
  Beside<Waiting> waiting_;  // by call
};

}  // namespace squall::sim
