// Tasks that wait until another one has filled an entry of their replica's cache.
//
// They go on as it does: with what it found, with what has expired where that is to serve, or with
// the error of its failed call. One that leads and ends for reasons of its own, its deadline or its
// client's leaving, hands over to the one that has waited longest.
#include "sim/world.h"

namespace squall::sim {

/// It has missed; it waits where another one fills the entry already.
void Applications::join_flight(Stream& stream, const StepModel& step) {
  Flights& flights = extras_[stream.pod]->flights[step.cache];
  if (flights.join(key_of(stream), stream.index, next_in_flight_)) return;
  stream.task.outstanding = 1;
  if (world_.pods[stream.pod].watched) await_deadline(stream);
}

/// What it leads is over: those who waited go on with a step.
void Applications::end_flight(const Stream& leader, std::uint32_t cache, std::uint32_t step) {
  std::uint32_t waiting = extras_[leader.pod]->flights[cache].end(key_of(leader));
  while (waiting != kNone) {
    Stream& stream = world_.streams[waiting];
    waiting = next_in_flight_[waiting];
    stream.task.step = step;
    stream.task.outstanding = 0;
    advance(stream);
  }
}

/// Whether a client still wants what a task has found, its own or that of one that waits for it.
bool Applications::is_wanted(const Stream& leader, std::uint32_t cache) {
  if (leader.client_open) return true;
  std::uint32_t at = extras_[leader.pod]->flights[cache].first_waiting(key_of(leader));
  while (at != kNone && !world_.streams[at].client_open) at = next_in_flight_[at];
  return at != kNone;
}

/// It ends by a failed call, and so does whoever waits for what it was to fill.
void Applications::fail(Stream& stream, const CallModel& call) {
  if (world_.pods[stream.pod].single_flight) [[unlikely]] {
    for (Flights& flights : extras_[stream.pod]->flights) {
      if (!flights.leads(key_of(stream), stream.index)) continue;
      std::uint32_t waiting = flights.end(key_of(stream));
      while (waiting != kNone) {
        Stream& other = world_.streams[waiting];
        waiting = next_in_flight_[waiting];
        other.task.outstanding = 0;
        fail(other, call);
      }
    }
  }
  const scenarios::OnError& says = call.on_error;
  finish_task(stream, says.kind == scenarios::OnError::Kind::kAnswer
                          ? answer_of(says.status, says.grpc)
                          : failure_of(stream));
}

/// It ends, and who has waited longest for it goes on in its place, unless its time is over too.
void Applications::leave_flights(const Stream& stream) {
  const std::uint32_t key = key_of(stream);
  for (Flights& flights : extras_[stream.pod]->flights) {
    std::uint32_t next = flights.leave(key, stream.index, next_in_flight_);
    while (next != kNone) {
      Stream& heir = world_.streams[next];
      heir.task.outstanding = 0;
      if (!world_.pods[heir.pod].watched || !expired(heir)) {
        advance(heir);
        break;
      }
      next = flights.leave(key, heir.index, next_in_flight_);
      finish_task(heir, expiry_of(heir));
    }
  }
}

}  // namespace squall::sim
