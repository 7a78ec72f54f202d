#include "proxy/timers.h"

namespace squall::proxy {

std::uint32_t& Timers::place_of(std::uint8_t kind, std::uint32_t owner) {
  std::vector<std::uint32_t>& places = places_[kind];
  if (owner >= places.size()) places.resize(owner + 1, kNone);
  return places[owner];
}

void Timers::put(std::uint32_t at, const Entry& entry) {
  heap_[at] = entry;
  places_[entry.kind][entry.owner] = at;
}

void Timers::rise(std::uint32_t at, const Entry& entry) {
  while (at > 0) {
    const std::uint32_t parent = (at - 1) / 2;
    if (!before(entry, heap_[parent])) break;
    put(at, heap_[parent]);
    at = parent;
  }
  put(at, entry);
}

void Timers::sink(std::uint32_t at, const Entry& entry) {
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (std::uint32_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], entry)) break;
    put(at, heap_[child]);
    at = child;
  }
  put(at, entry);
}

void Timers::remove(std::uint32_t at) {
  places_[heap_[at].kind][heap_[at].owner] = kNone;
  const Entry moved = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  if (at > 0 && before(moved, heap_[(at - 1) / 2])) {
    rise(at, moved);
  } else {
    sink(at, moved);
  }
}

void Timers::arm(std::uint8_t kind, std::uint32_t owner, Instant deadline) {
  cancel(kind, owner);
  const auto last = static_cast<std::uint32_t>(heap_.size());
  const Entry entry{deadline, ++armed_, owner, kind};
  heap_.push_back(entry);
  rise(last, entry);
}

void Timers::cancel(std::uint8_t kind, std::uint32_t owner) {
  const std::uint32_t at = place_of(kind, owner);
  if (at != kNone) remove(at);
}

std::optional<Timers::Due> Timers::take_due(Instant now) {
  if (heap_.empty() || heap_.front().deadline > now) return std::nullopt;
  const Due due{heap_.front().kind, heap_.front().owner};
  remove(0);
  return due;
}

}  // namespace squall::proxy
