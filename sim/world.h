// World: one run of a Model: pods, proxies, loads and faults, driven by the engine.
//
// The simulator's shell around the policies: it brings events to workers and carries out their
// commands. What takes no time (a head that travels, a connection made) is I/O of the same instant.
// Cost: four engine events a hop (bench `Mesh/Chain10`); no allocation once all has been used once.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/base/ids.h"
#include "sim/collector.h"
#include "sim/engine.h"
#include "sim/model.h"
#include "sim/pod.h"
#include "sim/proxy.h"
#include "sim/records.h"

namespace squall::sim {

class World {
 public:
  World(const Model& model, std::uint64_t seed, Collector& collector, decisions::LogWriter* log);

  /// Runs the load, then what is still under way, at most ten minutes longer; to `until` at the
  /// most, and `most` events.
  Engine::Stop run(Instant until, std::uint64_t most);
  Engine& engine() { return engine_; }
  /// Requests of loads without an answer.
  std::uint32_t waiting() const { return waiting_; }
  /// Requests of loads and workloads that are not over.
  std::uint32_t under_way() const { return calls_.live(); }
  /// run() returns when there are more.
  void limit_under_way(std::uint32_t most) { most_under_way_ = most; }
  std::size_t proxies() const { return proxies_.size(); }
  Proxy& proxy(std::size_t index) { return *proxies_[index]; }
  Pod& pod(std::size_t index) { return pods_[index]; }
  std::uint32_t ready_pods(std::uint32_t workload) const;
  /// The collector hears of what is under way still; no more is to run.
  void tell_unanswered();

  // The engine's handler.
  static constexpr int kSoonSteps = 4;  // as FetchAhead::work() has them
  void soon(const Event& event, int step) const;
  void on_event(const Event& event);
  void on_turn_end(std::uint32_t proxy);

 private:
  std::unique_ptr<Proxy> make_proxy(std::uint32_t index) const;
  // world.cc: streams and calls
  Stream& open_stream(Call& call, std::uint32_t pod, bool at_sidecar);
  void release(Stream& stream) {
    if (--stream.references == 0) forget(stream);
  }
  void release(Call& call) {
    if (--call.references == 0) calls_.give_back(call);
  }
  void forget(Stream& stream);
  void post(EventKind kind, std::uint32_t b) {
    engine_.post({.kind = static_cast<std::uint8_t>(kind), .b = b});
  }
  void on_arrive(Stream& stream);
  void on_reply(Stream& stream), respond(Stream& stream);
  void turn_down(Call& call, const CallSite& site, policies::Reception why);
  void on_client_left(Stream& stream);
  void reply(Stream& stream, Answer answer), leave(Stream& stream);
  void make_call(Call& call, const CallSite& site, std::uint32_t pod, std::uint64_t random);
  void call_without_proxy(Call& call, const CallSite& site, std::uint64_t random);
  void answer_call(Call& call, Answer answer, std::uint64_t flags);
  void on_call_done(Call& call);
  const CallSite& site_of(const Call& call) const {
    return call.load != kNone ? model_.loads[call.load].site : model_.calls[call.model].site;
  }
  Call& take_call();

  // shell.cc: commands of proxies
  void pump(std::uint32_t proxy);
  bool pump_control(Proxy& proxy, std::uint32_t index);
  void arm(Proxy& proxy, std::uint32_t index, policies::Command command);
  void carry_out(Proxy& proxy, std::uint32_t index, policies::Command command);
  void carry_out_control(Proxy& proxy, std::uint32_t index, policies::Command command);
  void open_connection(Proxy& proxy, std::uint32_t index, std::uint32_t connection,
                       std::uint32_t host);
  void start(Proxy& proxy, std::uint32_t index, std::uint32_t attempt);
  void close_unread(Proxy& proxy, std::uint32_t index, Stream& stream, std::uint32_t connection);
  std::uint32_t upstream_head(const Proxy& proxy, const policies::Request& request,
                              std::uint32_t head);
  void answer(Proxy& proxy, const policies::Request& request);
  void deliver(Proxy& proxy, const policies::Request& request, Answer answer);
  void mirror(Proxy& proxy, std::uint32_t copy, std::uint32_t request);
  Way way_of(const Proxy& proxy, const policies::Request& request) const;
  void log(Proxy& proxy, const policies::Request& request);
  std::uint32_t rewritten_head(const Proxy& proxy, const policies::Request& request,
                               std::uint32_t head);
  void on_connection(const Event& event);
  void on_timer(const Event& event);

  // tasks.cc
  std::uint32_t behaviour_of(std::uint32_t workload, std::uint32_t head);
  void start_task(Stream& stream), forget_task(Stream& stream);
  void arm_queue_timeout(Pod& pod, std::uint32_t index), on_queue_timeout(std::uint32_t pod);
  void begin_work(Stream& stream), after_work(Stream& stream);
  void begin_next(Pod& pod, std::uint32_t next);
  void on_work(const Event& event), advance(Stream& stream);
  Duration slowed(const Task& task, std::uint32_t fault, Duration work);
  bool draw_error(Stream& stream, const scenarios::ErrorSpec& error, std::uint64_t key,
                  double share);
  Answer failure_of(const Stream& stream) const;
  void start_call(Stream& stream, std::uint32_t call_model, std::uint32_t k);
  void on_task_call_done(Stream& stream, const Call& call);
  void finish_task(Stream& stream, Answer answer);

  // loads.cc
  void start_loads(), schedule_arrival(std::uint32_t load);
  std::uint64_t user_random(std::uint32_t load, std::uint32_t user) const;
  void on_load(std::uint32_t load), on_user(std::uint32_t load, std::uint32_t user);
  void think(std::uint32_t load, std::uint32_t user);
  std::uint32_t sender(std::uint32_t workload, std::uint64_t replica) const;
  void begin_load_call(std::uint32_t load, std::uint32_t user, std::uint64_t random);

  // faults.cc
  void start_faults();
  void on_fault_start(std::uint32_t fault), on_fault_end(std::uint32_t fault);
  void on_restart(std::uint32_t pod, std::uint32_t crash);
  std::uint32_t slow_before(std::uint32_t ended, std::uint32_t pod) const;
  double ramped(const FaultModel& fault) const;
  bool crash(std::uint32_t pod, bool whole_pod);
  void close_connections_to(std::uint32_t pod, bool application_only);
  void lose_tasks(std::uint32_t pod), lose_calls(std::uint32_t pod);
  void lose_stream(Stream& stream), restart_proxy(std::uint32_t proxy);

  const Model& model_;
  const std::uint64_t seed_;
  HeadTable heads_;  // those of the model, and what routes made of them
  Collector& collector_;
  decisions::LogWriter* decisions_;  // null: not recorded
  Engine engine_;
  std::vector<Pod> pods_;
  std::vector<std::unique_ptr<Proxy>> proxies_;
  Slab<Call> calls_;
  Slab<Stream> streams_;
  std::vector<LoadState> loads_;
  std::uint32_t most_under_way_ = kNone, waiting_ = 0;
  std::vector<std::vector<std::uint64_t>> user_rounds_;     // by load and user
  std::vector<ParkedUser> parked_;                          // no replica of theirs is up
  std::vector<std::vector<std::uint32_t>> behaviour_memo_;  // by workload and head
  std::vector<std::vector<RewrittenHead>> rewritten_;       // by head
};

}  // namespace squall::sim
