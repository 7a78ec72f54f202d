// Applications: a request's own work, its errors, its calls, its answer.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/base/ids.h"
#include "sim/event.h"
#include "sim/pod.h"
#include "sim/pod_extras.h"
#include "sim/records.h"

namespace squall::sim {

struct World;

class Applications {
 public:
  explicit Applications(World& world);

  // turns.cc
  void start(Stream& stream);
  void on_queue_timeout(std::uint32_t pod);
  void arm_queue_timeout(Pod& pod, std::uint32_t index);

  void on_work(const Event& event);
  void on_call_done(Stream& stream, const Call& call);  // steps.cc
  // early_ends.cc
  void on_deadline(Id<Stream> id);
  void on_client_left(Stream& stream);
  /// Its caches are empty.
  void flush(std::uint32_t pod);
  /// All that a pod was asked is gone.
  void lose_tasks(std::uint32_t pod);

 private:
  std::uint32_t behaviour_of(std::uint32_t workload, std::uint32_t head);
  void forget(Stream& stream);
  void begin_work(Stream& stream), after_work(Stream& stream);
  void count_execution(Call& call);
  Duration work_of(const Task& task, std::uint32_t pod);
  Duration at_pace(const Task& task, std::uint32_t pod, Duration work);
  Duration slowed(const Task& task, std::uint32_t fault, Duration work);
  bool answer_in_turn(Stream& stream, const scenarios::ErrorSpec& error, std::uint32_t sequence);
  void answer_error(Stream& stream, const scenarios::ErrorSpec& error);
  Answer failure_of(const Stream& stream) const;
  static Answer answer_of(int status, std::optional<int> grpc);
  void tell_done(Stream& stream);
  void finish_task(Stream& stream, Answer answer);

  // turns.cc
  void begin_next(Pod& pod, std::uint32_t next);
  bool is_over_limit(const Pod& pod, const Stream& stream);
  bool begins(const Pod& pod, Stream& stream);
  void turn_away(Stream& stream, Answer answer);

  // early_ends.cc
  void watch(Stream& stream);
  void watch_call(Stream& stream, const Call& call);
  void unwatch_call(Stream& stream, const Call& call);
  void await_deadline(const Stream& stream);
  void end_calls(Stream& stream);
  bool expired(const Stream& stream);
  Answer expiry_of(const Stream& stream) const;

  // steps.cc
  struct Doer;
  std::uint32_t key_of(const Stream& stream);
  Cache& cache_of(const Stream& stream, const StepModel& step);
  bool falls_back(Stream& stream, const CallModel& call);
  bool has_expired_entry(const Stream& stream, const StepModel& step);
  void advance(Stream& stream);
  void start_call(Stream& stream, std::uint32_t call_model, std::uint32_t k);

  // single_flight.cc
  void join_flight(Stream& stream, const StepModel& step);
  void end_flight(const Stream& leader, std::uint32_t cache, std::uint32_t step);
  bool is_wanted(const Stream& leader, std::uint32_t cache);
  void fail(Stream& stream, const CallModel& call);
  void leave_flights(const Stream& stream);

  World& world_;
  std::vector<std::vector<std::uint32_t>> behaviour_memo_;  // by workload and head
  std::vector<std::unique_ptr<PodExtras>> extras_;          // by pod
  Flights::Next next_in_flight_;                            // by stream
};

}  // namespace squall::sim
