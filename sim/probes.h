// Probes: requests by which a kubelet finds out whether a replica lives and is ready.
//
// They go to the application itself, past its sidecar, and wait there as all requests do. A probe
// whose path is an operation's does what that does; any other is answered as soon as its turn
// comes. They are in no figure of requests.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/event.h"
#include "sim/records.h"
#include "sim/workload_model.h"

namespace squall::sim {

struct World;

class Probes {
 public:
  explicit Probes(World& world) : world_(world) {}

  /// Of those who are there from the start.
  void start();
  /// The replica's container runs. One with a startup probe passes that first.
  void on_up(std::uint32_t pod);
  /// It runs no more, and is not asked.
  void on_down(std::uint32_t pod);
  void on_event(const Event& event);
  /// The answer to a probe.
  void on_call_done(const Call& call);

 private:
  enum class Step : std::uint8_t { kSend, kTimeout };
  struct Prober {
    std::uint32_t pod = kNone;
    const ProbeModel* probe = nullptr;
    std::uint32_t life = 0;  // of the container: events of earlier ones are late
    std::uint32_t stream = kNone, stream_generation = 0;  // asked now; kNone: nobody
    std::uint32_t asked = 0;                              // so far
    int failures = 0, successes = 0;                      // in a row
  };

  void schedule(Step step, Instant at, std::uint32_t prober);
  void begin(std::uint32_t pod, bool startup);
  void ask(std::uint32_t index), give_up(std::uint32_t index);
  void conclude(std::uint32_t index, bool passed);

  World& world_;
  std::vector<Prober> probers_;
  std::vector<std::uint32_t> first_;  // by pod, in probers_
};

}  // namespace squall::sim
