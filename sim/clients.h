// Clients: the libraries with which applications make their calls, before any sidecar sees them.
//
// A call with one is carried by an AppCall. It sends tries, which are calls of their own through
// the sidecar or without one, until one succeeds or it may send no more. What decides stands in
// client_*.h, one state for each replica and destination. Not here: what a mesh does to each try.
// Cost: a call more for each try; where no client is configured, nothing.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/base/mix.h"
#include "reports/client_use.h"
#include "sim/client_breaker.h"
#include "sim/client_budget.h"
#include "sim/client_throttle.h"
#include "sim/engine.h"
#include "sim/records.h"

namespace squall::sim {

struct CallSite;
struct World;

/// What a client draws is keyed by the request and this, and so moves no draw of the mesh.
inline constexpr std::uint64_t kClientDraws = hash_name("client");

/// A call that a client library carries.
struct AppCall {
  struct Try {
    std::uint32_t call = kNone;  // none: the place is free
    TimerHandle timeout{};
    bool probe = false;  // of the breaker's
  };
  static constexpr std::size_t kMostTries = 1 + scenarios::kMostHedges;  // under way at once

  std::uint32_t index = kNone, generation = 0;
  std::uint64_t random = 0;
  std::uint32_t call = kNone;    // what was asked
  std::uint32_t state = kNone;   // of Clients
  std::uint32_t next = kNone;    // that waits for a connection after it
  std::uint32_t references = 1;  // itself while it is not over, and its tries
  std::uint32_t sent = 0;        // tries
  std::uint32_t wished = 0;      // those that the throttle turned away too
  std::int64_t retries = 0;
  int hedges = 0;
  bool probe = false;  // what it sends next
  Answer answer{};     // of the latest try that has ended
  std::uint64_t flags = 0;
  Duration waited{};    // before the latest retry
  TimerHandle timer{};  // until the next try, or for a connection
  TimerHandle hedge{};  // until the next hedge
  std::array<Try, kMostTries> tries{};
};

class Clients {
 public:
  enum class Timer : std::uint8_t { kTimeout, kRetry, kHedge, kConnection };

  explicit Clients(World& world);

  /// A call of a site that has a client.
  void begin(Call& call, const CallSite& site, std::uint32_t pod, std::uint64_t random);
  void on_try_done(Call& sent);
  /// Nothing refers to it any more.
  void on_try_over(const Call& sent);
  void on_timer(const Event& event);
  void on_refresh(std::uint32_t client, std::uint32_t state);
  /// The clients that learn of replicas by and by begin to.
  void start();
  /// A pod has crashed: its libraries begin anew, and what they were about is given up.
  void lose(std::uint32_t pod);
  /// Who asked leaves.
  void give_up(Call& call);
  /// The call that a try is for.
  Call& asked(const Call& sent);
  /// What a try came to is its call's, too.
  static void count(const Call& sent, Call& asked);

 private:
  struct State {
    const scenarios::Client* settings;
    ClientBudget budget;
    std::optional<ClientBreaker> breaker;
    std::optional<ClientThrottle> throttle;
    std::int64_t in_flight = 0;  // tries
    std::uint32_t first_waiting = kNone, last_waiting = kNone;
    std::vector<std::uint32_t> known{};  // requests at each of the service's endpoints
  };
  /// What a try came to.
  struct Outcome {
    Answer answer{};
    std::uint64_t flags = 0;
    bool timed_out = false;
    bool failed() const { return answer.failed() || answer.status == 429; }
  };

  static State fresh(const scenarios::Client& settings);
  Instant now() const;
  void arm(TimerHandle& timer, Duration after, Timer kind, const AppCall& app, std::uint32_t which);
  std::optional<reports::ClientCount> refused(AppCall& app, State& state);
  bool is_full(const State& state) const;
  void start(AppCall& app);
  void wait(AppCall& app, State& state);
  void serve_waiting(State& state);
  void give_up_waiting(AppCall& app);
  void forget_waiting(AppCall& app, State& state);
  void hedge(AppCall& app);
  void arm_hedge(AppCall& app);
  void send(AppCall& app);
  void drop(AppCall& app, AppCall::Try& one);
  void give_up(AppCall& app, AppCall::Try& one);
  void give_up_all(AppCall& app);
  void end_try(AppCall& app, const Outcome& outcome, bool probe);
  bool may_retry(const AppCall& app, const Outcome& outcome);
  void retry(AppCall& app);
  void finish(AppCall& app);
  void release(AppCall& app);

  // client_balance.cc
  void send_to_replica(Call& sent, const State& state, std::uint32_t pod, std::uint64_t random);
  std::uint32_t requests_at(std::uint32_t service, std::uint32_t endpoint) const;
  void look(std::uint32_t client, State& state);
  void schedule_refresh(Instant at, std::uint32_t client, std::uint32_t state);

  World& world_;
  Slab<AppCall> apps_;
  std::vector<State> states_;               // of each client, by replica
  std::vector<std::uint32_t> first_state_;  // by client
};

}  // namespace squall::sim
