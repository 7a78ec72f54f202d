// BareChain: ten stations in a row, no policies: what the engine alone costs.
//
// Poisson arrivals at load 0.7, exponential work of 1 ms, `workers` cores a station, and at every
// hop a timer of 50 ms that is armed on entry and cancelled when the work ends: a request is 11
// events and 10 cancelled timers. Draws are functions of the request's number, as in a run.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "policies/base/check.h"
#include "policies/base/distributions.h"
#include "policies/base/mix.h"
#include "sim/engine.h"
#include "sim/station.h"

namespace squall::bench {

class BareChain {
 public:
  static constexpr std::uint32_t kHops = 10;

  explicit BareChain(std::uint32_t workers)
      : work_(*Distribution::exponential(1ms)),
        gap_(*Distribution::exponential(
            Duration(static_cast<std::int64_t>(1e6 / (workers * 0.7))))) {
    for (std::uint32_t hop = 0; hop < kHops; ++hop) {
      stations_.emplace_back(sim::StationShape{.cores = workers}, sim::Event{kDone, 0, 0, hop, 0});
    }
    engine_.schedule(at_ns(1), {kArrival});
  }

  /// Goes on until so many more requests have been answered.
  void run(std::uint64_t requests) {
    until_ = answered_ + requests;
    SQUALL_CHECK(engine_.run(*this, kNever) == sim::Engine::Stop::kAsked);
  }
  std::uint64_t timeouts() const { return timeouts_; }
  double mean_sojourn_s() const { return sojourns_ / static_cast<double>(answered_) * 1e-9; }

  void on_turn_end(std::uint32_t) {}
  void on_event(const sim::Event& event) {
    switch (event.kind) {
      case kArrival:
        return arrive();
      case kDone:
        return done(event);
      default:
        ++timeouts_;
    }
  }

 private:
  enum Kind : std::uint8_t { kArrival, kDone, kTimeout };
  struct Request {
    Instant arrived;
    std::uint64_t random;
    Duration work;  // of this hop
    sim::TimerHandle timeout;
    std::uint32_t hop;
  };

  void arrive() {
    const std::uint64_t random = mix(1, ++arrivals_);
    engine_.schedule(engine_.now() + next_gap_, {kArrival});
    next_gap_ = Duration{1} + gap_.sample(random);
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(requests_.size()));
      requests_.emplace_back();
    }
    const std::uint32_t id = free_.back();
    free_.pop_back();
    requests_[id] = {engine_.now(), random, work_.sample(mix(random, Purpose::kService, 0)), {}, 0};
    enter(id);
  }
  void enter(std::uint32_t id) {
    Request& request = requests_[id];
    request.timeout = engine_.arm(engine_.now() + 50ms, {kTimeout, 0, 0, 0, id});
    sim::Station& station = stations_[request.hop];
    if (station.enter(id, engine_.now()) == sim::Station::Entry::kStarted) begin(station, id);
  }
  void begin(sim::Station& station, std::uint32_t id) {
    Request& request = requests_[id];
    station.begin(engine_, id, request.work);
    // The next hop's, already: a draw needs no state, so nothing has to wait for the logarithm.
    request.work = work_.sample(mix(request.random, Purpose::kService, request.hop + 1));
  }
  void done(const sim::Event& event) {
    sim::Station& station = stations_[event.a];
    const sim::Station::Done done = station.done(engine_, event);
    if (done.ended == kNone) return;
    Request& request = requests_[done.ended];
    engine_.cancel(request.timeout);
    station.leave(engine_.now());
    if (done.begins != kNone) begin(station, done.begins);
    if (++request.hop < kHops) return enter(done.ended);
    sojourns_ += static_cast<double>((engine_.now() - request.arrived).count());
    free_.push_back(done.ended);
    if (++answered_ == until_) engine_.stop();
  }

  sim::Engine engine_;
  std::vector<sim::Station> stations_;
  std::vector<Request> requests_;
  std::vector<std::uint32_t> free_;
  Distribution work_, gap_;
  Duration next_gap_{1};
  std::uint64_t arrivals_ = 0, answered_ = 0, until_ = 0, timeouts_ = 0;
  double sojourns_ = 0;
};

}  // namespace squall::bench
