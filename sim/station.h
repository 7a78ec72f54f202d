// Station: what one replica of a service has to work with: slots, cores and a place to wait.
//
// A request `enter`s; kStarted: it has its slot and a core, the shell draws its work and calls
// `begin`; kQueued: some `done` or `leave` will name it as the next to begin; kRejected: the queue
// is full. The work's event goes to `done`: who ended, and who must begin now. A request `leave`s
// with its answer, after its calls: the slot is held till then, a core during its own work only.
// With a concurrency limit the queue is before the slots (their holders wait for a
// core unseen), without one before the cores. Cost: O(1) a call, O(log n) with processor sharing.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "sim/engine.h"
#include "sim/interruptions.h"
#include "sim/level.h"
#include "sim/processor_sharing.h"
#include "sim/queue.h"
#include "sim/ring.h"
#include "sim/station_shape.h"

namespace squall::sim {

class Station {
 public:
  enum class Entry : std::uint8_t { kStarted, kQueued, kRejected };
  struct Done {
    std::uint32_t ended = kNone;   // kNone: nobody; the work is lost or held up
    std::uint32_t begins = kNone;  // has what it needs now: call begin()
  };
  /// Integrals over time since the start, in ns times the number of requests.
  struct Areas {
    std::uint64_t working = 0;  // requests in own work; with cores: cores in use
    std::uint64_t serving = 0;  // requests between start and answer
    std::uint64_t waiting = 0;  // requests in the queue
  };

  /// `done`: kind, flags and `a` of the event that work has ended. Its `b` is the request's id
  /// (< 2^31; with processor sharing only `ended` tells), its `small` the station's own.
  Station(const StationShape& shape, const Event& done);

  Entry enter(std::uint32_t id, Instant now) {
    if (serving_.count() >= concurrency_) return wait_for_slot(id, now);
    if (working_.count() < cores_) {
      serving_.up(now);
      working_.up(now);
      return Entry::kStarted;
    }
    return wait_for_core(id, now);
  }
  EventHandle begin(Engine& engine, std::uint32_t id, Duration work) {
    if (unusual_) return begin_unusual(engine, id, work);
    return schedule_done(engine, id, work);
  }
  Done done(Engine& engine, const Event& event) {
    if (event.small != done_.small || unusual_) [[unlikely]] {
      return shared_ ? done_sharing(engine) : done_late(engine, event);
    }
    return {event.b, end_work(engine.now())};
  }
  /// The answer is out. Who gets the slot and must begin() now, or kNone.
  std::uint32_t leave(Instant now) {
    if (concurrency_ != kNone && !queue_.empty()) return hand_slot_on(now);
    serving_.down(now);
    return kNone;
  }

  /// More work of one that has its slot; false: it waits for a core, and will be named.
  bool enter_again(std::uint32_t id, Instant now);
  /// Work under way, with the handle that begin() gave, ends now; its slot is held on. Who must
  /// begin(); none: it ends just now by itself. REQUIRES: no hang.
  std::optional<std::uint32_t> stop(Engine& engine, std::uint32_t id, EventHandle work);
  /// Who was named as the next to begin does not: who does instead, kNone: nobody.
  std::uint32_t skip(Instant now);
  /// Who has waited longest in the queue, kNone: nobody; and it waits no more.
  std::uint32_t oldest_waiting() const { return queue_.oldest(); }
  void give_up_oldest(Instant now) { queue_.drop_oldest(now); }

  /// All work is lost, nobody is left, a hang is over. `leave` is not called for those who were in.
  void crash(Engine& engine);
  /// Nothing advances until it is revived; requests come in all the same, as to a stopped process.
  void hang(Engine& engine);
  void revive(Engine& engine);
  bool hung() const { return interruptions_.hung(); }

  bool shares() const { return shared_ != nullptr; }
  /// Who will be the next to get a core, kNone: nobody waits; and a hint that it will be asked.
  std::uint32_t next() const {
    if (!ready_.empty()) return ready_.front();
    return concurrency_ == kNone ? queue_.oldest() : kNone;
  }
  void fetch_next() const { concurrency_ == kNone ? queue_.fetch_front() : ready_.fetch_front(); }

  std::uint32_t working() const { return working_.count(); }
  std::uint32_t serving() const { return serving_.count(); }
  std::uint32_t waiting() const { return queue_.size(); }
  std::uint32_t take_most_waiting() { return queue_.take_most(); }  // since it was last taken
  Areas areas(Instant now) const;

 private:
  struct Held {
    std::uint32_t id;
    Duration work;
  };

  EventHandle schedule_done(Engine& engine, std::uint32_t id, Duration work) {
    Event event = done_;
    event.b = id;
    return engine.schedule(engine.now() + work, event);
  }
  /// The core goes to whoever is ready for it.
  std::uint32_t end_work(Instant now) {
    if (!ready_.empty()) return ready_.pop();
    if (concurrency_ == kNone && !queue_.empty()) {
      serving_.up(now);
      return queue_.pop(now);
    }
    working_.down(now);
    return kNone;
  }
  [[gnu::noinline]] Entry wait_for_slot(std::uint32_t id, Instant now);
  Entry wait_for_core(std::uint32_t id, Instant now);
  std::uint32_t hand_slot_on(Instant now);
  [[gnu::noinline]] EventHandle begin_unusual(Engine& engine, std::uint32_t id, Duration work);
  [[gnu::noinline]] Done done_late(Engine& engine, const Event& event);
  [[gnu::noinline]] Done done_sharing(Engine& engine);
  void schedule_end(Engine& engine);
  void go_on(Engine& engine, std::uint32_t id, Duration work);
  void settle();

  std::uint32_t cores_, concurrency_;  // what the usual request needs comes first
  Level working_, serving_;
  Event done_;                 // `small` is the stamp
  bool unusual_;               // a hang, or processor sharing
  Ring<std::uint32_t> ready_;  // have a slot and lack a core
  Queue queue_;                // lack a slot; without a limit of those, a core
  std::unique_ptr<ProcessorSharing> shared_;
  Interruptions interruptions_;
  std::vector<Held> held_;                               // to be begun when the hang is over
  std::unordered_map<std::uint32_t, EventHandle> late_;  // put off by a hang, maybe done since
  EventHandle end_;                                      // of the one event of shared_
  Instant end_at_ = kNever;
};

}  // namespace squall::sim
