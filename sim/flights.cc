#include "sim/flights.h"

namespace squall::sim {

bool Flights::join(std::uint32_t key, std::uint32_t task, Next& next) {
  const std::uint32_t known = index_.find(key);
  if (known == kNone) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(flights_.size()));
      flights_.emplace_back();
    }
    flights_[free_.back()] = {.leader = task};
    index_.put(key, free_.back());
    free_.pop_back();
    return true;
  }
  if (task >= next.size()) next.resize(std::size_t{task} * 2 + 16);
  Flight& flight = flights_[known];
  (flight.first == kNone ? flight.first : next[flight.last]) = task;
  flight.last = task;
  next[task] = kNone;
  return false;
}

bool Flights::leads(std::uint32_t key, std::uint32_t task) const {
  const std::uint32_t known = index_.find(key);
  return known != kNone && flights_[known].leader == task;
}

std::uint32_t Flights::end(std::uint32_t key) {
  const std::uint32_t known = index_.find(key);
  index_.remove(key);
  free_.push_back(known);
  return flights_[known].first;
}

std::uint32_t Flights::leave(std::uint32_t key, std::uint32_t task, Next& next) {
  const std::uint32_t known = index_.find(key);
  if (known == kNone) return kNone;
  Flight& flight = flights_[known];
  if (flight.leader != task) {
    forget(flight, task, next);
    return kNone;
  }
  if (flight.first == kNone) {
    end(key);
    return kNone;
  }
  flight.leader = flight.first;
  flight.first = next[flight.leader];
  return flight.leader;
}

void Flights::forget(Flight& flight, std::uint32_t task, Next& next) {
  std::uint32_t before = kNone, at = flight.first;
  while (at != kNone && at != task) at = next[before = at];
  if (at == kNone) return;
  (before == kNone ? flight.first : next[before]) = next[task];
  if (flight.last == task) flight.last = before;
}

}  // namespace squall::sim
