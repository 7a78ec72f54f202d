#include "sim/trace.h"

#include <algorithm>

#include "sim/world.h"

namespace squall::sim {

Trace::Trace(const Model& model, std::span<const Wanted> wanted)
    : model_(model), wanted_(wanted.begin(), wanted.end()), roots_(wanted.size(), kNone) {}

std::uint32_t Trace::new_span(const Call& call, const CallSite& site) {
  TracedSpan& span = spans_.emplace_back();
  span.site = site.key;
  span.service = site.service;
  span.begun = call.begun;
  return static_cast<std::uint32_t>(spans_.size() - 1);
}

void Trace::on_load_begun(const Call& call, std::uint64_t key) {
  if (call.index >= slots_.size()) slots_.resize(std::size_t{call.index} * 2 + 8);
  Slot& slot = slots_[call.index];
  slot = {.generation = call.generation, .span = kNone};
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (wanted_[i].load != call.load || wanted_[i].key != key) continue;
    const LoadModel& load = model_.loads[call.load];
    roots_[i] = slot.span = new_span(call, model_.load_operations[call.model].site);
    spans_[slot.span].source = load.source;
  }
}

/// A load's call is known from its begin; one of a task is a span where its caller's is.
std::uint32_t Trace::span_of(const Call& call) {
  if (call.index >= slots_.size()) slots_.resize(std::size_t{call.index} * 2 + 8);
  if (slots_[call.index].generation == call.generation) return slots_[call.index].span;
  slots_[call.index] = {.generation = call.generation, .span = kNone};
  // The asker of a try by a client library, of a start or of a probe is no task's stream.
  if (call.load != kNone || call.mirrored || call.of_client || call.of_start || call.of_probe)
    return kNone;
  const auto& streams = world_->streams;
  if (call.asker >= streams.capacity()) return kNone;
  const Stream& asker = streams[call.asker];
  if (asker.generation != call.asker_generation || asker.index == kNone) return kNone;
  const std::uint32_t caller = span_of(world_->calls[asker.call]);
  if (caller == kNone) return kNone;
  const std::uint32_t index = new_span(call, model_.calls[call.model].site);
  TracedAttempt& attempt = attempt_of(spans_[caller], asker.number);
  TracedSpan& span = spans_[index];
  span.source = model_.pods[asker.pod].workload;
  span.occurrence = static_cast<std::uint32_t>(std::ranges::count_if(
      attempt.calls, [&](std::uint32_t other) { return spans_[other].site == span.site; }));
  attempt.calls.push_back(index);
  return slots_[call.index].span = index;
}

TracedAttempt& Trace::attempt_of(TracedSpan& span, std::uint32_t number) {
  for (TracedAttempt& one : span.attempts) {
    if (one.number == number) return one;
  }
  TracedAttempt& attempt = span.attempts.emplace_back();
  attempt.number = number;
  return attempt;
}

void Trace::on_attempt(const Call& call, std::uint32_t number, std::uint32_t pod, Instant now) {
  const std::uint32_t span = span_of(call);
  if (span == kNone) return;
  TracedAttempt& attempt = attempt_of(spans_[span], number);
  attempt.pod = pod;
  attempt.begun = now;
}

/// Null also of what brings a call to its waypoint, whose attempts are those that count.
TracedAttempt* Trace::attempt_of(const Stream& stream) {
  if (stream.proxy == kNone && stream.pod != kNone && model_.pods[stream.pod].waypoint)
    return nullptr;
  const std::uint32_t span = span_of(world_->calls[stream.call]);
  return span == kNone ? nullptr : &attempt_of(spans_[span], stream.number);
}

/// Of a sidecar's answer and its application's, at one instant, the outer one comes last.
void Trace::on_answer(const Stream& stream, Instant now) {
  TracedAttempt* const attempt = attempt_of(stream);
  if (attempt == nullptr || attempt->end == TracedAttempt::End::kLeft) return;
  attempt->end = TracedAttempt::End::kAnswered;
  attempt->answer = stream.answer;
  attempt->ended = now;
}

void Trace::on_left(const Stream& stream, Instant now) {
  TracedAttempt* const attempt = attempt_of(stream);
  if (attempt == nullptr || attempt->end != TracedAttempt::End::kNone) return;
  attempt->end = TracedAttempt::End::kLeft;
  attempt->ended = now;
}

void Trace::on_shed(const Stream& stream, bool gave_up) {
  TracedAttempt* const attempt = attempt_of(stream);
  if (attempt == nullptr) return;
  (gave_up ? attempt->waited_too_long : attempt->queue_full) = true;
}

void Trace::on_request_end(const Call& call, const policies::Request& request,
                           const ConfigurationModel& rules, Instant now) {
  const std::uint32_t index = span_of(call);
  if (index == kNone) return;
  TracedSpan& span = spans_[index];
  span.decided = true;
  if (request.cluster != kNone) {
    span.cluster = &rules.rules->epoch.clusters[request.cluster];
    if (request.cluster < rules.cluster_origins.size())
      span.origin = &rules.cluster_origins[request.cluster];
  }
  span.route = request.route;
  span.retry = request.retry_policy;
  span.retries_left = request.retry.remaining;
  span.timeout = request.timeouts.global;
  span.per_try_timeout = request.timeouts.per_try;
  span.outcome = request.outcome;
  span.ended = now;
}

}  // namespace squall::sim
