// Lifecycle: replicas that start, serve, leave and come back.
//
// A container that starts waits for its delay, makes its start's calls and then serves; one that
// fails tries again after a backoff. A replica that is to go leaves the endpoints at once, is given
// time to finish, and is gone.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/event.h"
#include "sim/records.h"
#include "sim/restart_backoff.h"

namespace squall::sim {

struct World;

class Lifecycle {
 public:
  explicit Lifecycle(World& world);

  /// Who is there from the start, and when changes come.
  void start();
  void on_event(const Event& event);
  /// A container starts.
  void begin(std::uint32_t pod);
  /// It went down, by whatever cause.
  void on_down(std::uint32_t pod);
  /// An answer to a start's call.
  void on_call_done(const Call& call);
  /// As many replicas as that are there, or will be: the lowest numbers. `by`: for the timeline.
  void set_replicas(std::uint32_t workload, std::uint32_t wanted, std::string_view by = {});
  /// Its readiness probe passes, or does not.
  void set_passing(std::uint32_t pod, bool passing);
  /// The kubelet ends its container, which starts again after a while.
  void kill(std::uint32_t pod, std::string_view why);
  /// A fault makes a replica unready, or stops doing so.
  void set_unready(std::uint32_t pod, bool unready);

  /// What a control plane knows of a replica; one from before the run is as old as can count.
  struct Condition {
    bool wanted = false, has_run = false, running = false, ready = false;
    Instant created{}, running_since{}, turned{};  // it became ready or unready
  };
  Condition condition(std::uint32_t pod) const;
  std::uint32_t replicas(std::uint32_t workload) const;

  /// Whether a crash may end: it is not about to go.
  bool may_restart(std::uint32_t pod) const;
  /// How long the replica has been there so far, of the workload's replicas.
  Duration time_there(std::uint32_t pod, Instant now) const;
  /// How many times as long work takes that begins now.
  double warm_factor(std::uint32_t pod);

 private:
  static constexpr Instant kBefore{-std::chrono::hours(1)};
  enum class Step : std::uint8_t { kChange, kRestartNext, kBegin, kRun, kWorked, kTooLong, kLook };
  enum class State : std::uint8_t { kGone, kStarting, kUp, kLeaving };
  struct Replica {
    State state = State::kUp;
    bool passing = true;         // its readiness probe
    bool ready = true;           // as service discovery has it
    bool has_run = true;         // its container, since the replica is there
    bool returns = false;        // kLeaving: it starts again then
    std::uint32_t begun = 0;     // starts and ends so far: events of earlier ones are late
    std::uint32_t unready = 0;   // faults that make it so
    std::uint32_t starts = 0;    // so far: the number of the next draws
    std::uint32_t failures = 0;  // of starts, in a row
    RestartBackoff restarts;     // by the kubelet
    std::uint32_t step = 0;      // next step of the start's calls
    std::uint32_t outstanding = 0;
    std::int32_t times_left = 0;
    Duration waited{};                          // the latest backoff
    Instant until{};                            // kLeaving: then it is killed
    Instant since{}, up_since{kBefore};         // it is there; it serves
    Instant created{kBefore}, turned{kBefore};  // likewise; became ready or unready
    Duration there{};                           // before that
  };

  struct Doer;
  void schedule(Step step, Instant at, std::uint32_t a, std::uint32_t b);
  void schedule_own(Step step, Instant at, std::uint32_t pod);
  void on_change(std::uint32_t change);
  void restart_next(std::uint32_t change, std::uint32_t which);
  void appear(std::uint32_t pod), leave(std::uint32_t pod, bool returns);
  void look(std::uint32_t pod);
  bool is_idle(std::uint32_t pod) const, stays(std::uint32_t pod) const;
  void run(std::uint32_t pod), advance(std::uint32_t pod), fail(std::uint32_t pod);
  void start_call(std::uint32_t pod, std::uint32_t call_model, std::uint32_t k);
  void up(std::uint32_t pod);
  void list(std::uint32_t pod);
  std::uint64_t draw(std::uint32_t pod, std::uint64_t k) const;

  World& world_;
  std::vector<Replica> replicas_;  // by pod
};

}  // namespace squall::sim
