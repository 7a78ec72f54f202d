// Trace: what was decided for a few requests of the loads, through all calls that they led to.
//
// Told of attempts, answers and ends as they happen, it keeps those of the wanted requests: a span
// for each request that a sidecar (or a caller without one) sends, with its attempts, and below an
// attempt the spans of the calls that its server made. Spans are found again in another run by
// their place: which attempt of the caller, which call, which time. Cost: a look-up an event, and
// some 200 bytes an attempt of those that are kept.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "policies/machine/records.h"
#include "sim/model.h"
#include "sim/proxy_model.h"
#include "sim/records.h"

namespace squall::sim {

struct World;

struct TracedAttempt {
  enum class End : std::uint8_t { kNone, kAnswered, kLeft };  // kLeft: the client gave it up
  std::uint32_t number = 1;
  std::uint32_t pod = kNone;
  Instant begun{}, ended{};
  End end = End::kNone;
  Answer answer;
  bool queue_full = false, waited_too_long = false;  // the application turned it away
  std::vector<std::uint32_t> calls;                  // spans
};

struct TracedSpan {
  std::uint64_t site = 0;        // key of the call's URL
  std::uint32_t occurrence = 0;  // of it below the attempt
  std::uint32_t source = kNone;  // workload; none: outside
  std::uint32_t service = kNone;
  Instant begun{};
  std::vector<TracedAttempt> attempts;
  // What the sidecar decided; `decided`: there is one, and the request has ended.
  bool decided = false;
  const policies::ClusterConfig* cluster = nullptr;
  const policies::Provenance* origin = nullptr;  // of the cluster
  const policies::Route* route = nullptr;
  const policies::RetryPolicy* retry = nullptr;
  std::uint32_t retries_left = 0;
  Duration timeout{}, per_try_timeout{};
  policies::Outcome outcome;
  Instant ended{};
};

class Trace {
 public:
  /// One request of a load: its number (fate_key).
  struct Wanted {
    std::uint32_t load = 0;
    std::uint64_t key = 0;
  };
  Trace(const Model& model, std::span<const Wanted> wanted);

  /// The run whose records it may look at.
  void watch(const World& world) { world_ = &world; }
  void on_load_begun(const Call& call, std::uint64_t key);
  void on_attempt(const Call& call, std::uint32_t number, std::uint32_t pod, Instant now);
  void on_answer(const Stream& stream, Instant now);
  void on_left(const Stream& stream, Instant now);
  /// `gave_up`: it had waited for too long; else the queue was full.
  void on_shed(const Stream& stream, bool gave_up);
  void on_request_end(const Call& call, const policies::Request& request,
                      const ConfigurationModel& rules, Instant now);

  const Model& model() const { return model_; }
  const TracedSpan& span(std::uint32_t index) const { return spans_[index]; }
  /// Of a wanted request, by its place in `wanted`; none: it did not come up.
  std::uint32_t root(std::size_t wanted) const { return roots_[wanted]; }

 private:
  struct Slot {
    std::uint32_t generation = kNone, span = kNone;
  };
  std::uint32_t span_of(const Call& call);
  std::uint32_t new_span(const Call& call, const CallSite& site);
  TracedAttempt* attempt_of(const Stream& stream);
  TracedAttempt& attempt_of(TracedSpan& span, std::uint32_t number);

  const Model& model_;
  const World* world_ = nullptr;
  std::vector<Wanted> wanted_;
  std::vector<std::uint32_t> roots_;
  std::vector<TracedSpan> spans_;
  std::vector<Slot> slots_;  // by call
};

}  // namespace squall::sim
