// Instants and durations of virtual or real time, in integer nanoseconds.
//
// A policy is handed the instant at which something happens; it can never ask for it: `Timeline`
// has no `now()`, so reading a clock does not compile. The simulator counts from the start of a
// run, the proxy from its own start.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace squall {

using Duration = std::chrono::duration<std::int64_t, std::nano>;

struct Timeline {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  static constexpr bool is_steady = true;
};
using Instant = std::chrono::time_point<Timeline, Duration>;

using namespace std::chrono_literals;

/// Later than any instant that a run can reach.
inline constexpr Instant kNever = Instant(Duration::max());

constexpr Instant at_ns(std::int64_t ns) { return Instant(Duration(ns)); }
constexpr std::int64_t to_ns(Instant t) { return t.time_since_epoch().count(); }
constexpr double to_seconds(Duration d) { return static_cast<double>(d.count()) * 1e-9; }
constexpr double to_seconds(Instant t) { return to_seconds(t.time_since_epoch()); }
/// Whole milliseconds, rounded towards zero: the resolution of the mesh's timers.
constexpr std::int64_t to_ms(Duration d) { return d.count() / 1'000'000; }

/// Go's form: "250ms", "1m30s", "1h", "0s", "1.5s", "-1s"; units ns us µs ms s m h. Nothing else.
/// A value of more than 2^63-1 ns is none.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest of Go's forms: "1m30s", "250ms", "0s".
std::string to_string(Duration d);

}  // namespace squall
