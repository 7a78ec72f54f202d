// Event: what happened, to whom; 12 bytes that the engine carries and never looks into.
//
// `kind` selects the shell's handler, `a` is usually the worker's or pod's index and `b` what it is
// about (request frame, connection, timer owner); `flags` and `small` are the poster's own.
// Stations stamp `small` of the events that they schedule; everything else arrives as it was given.
#pragma once
#include <cstdint>

namespace squall::sim {

struct Event {
  std::uint8_t kind = 0;
  std::uint8_t flags = 0;
  std::uint16_t small = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  friend bool operator==(const Event&, const Event&) = default;

  /// A copy, field by field: fields that were just written one by one are slow to read in one
  /// piece.
  Event copy() const { return {kind, flags, small, a, b}; }
};
static_assert(sizeof(Event) == 12);

}  // namespace squall::sim
