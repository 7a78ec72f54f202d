#include "sim/probes.h"

#include <algorithm>

#include "policies/base/mix.h"
#include "sim/world.h"

namespace squall::sim {

using config::Probe;

void Probes::start() {
  first_.reserve(world_.pods.size() + 1);
  for (std::uint32_t pod = 0; pod < world_.pods.size(); ++pod) {
    first_.push_back(static_cast<std::uint32_t>(probers_.size()));
    for (const ProbeModel& probe : world_.model.workloads[world_.pods[pod].workload].probes)
      probers_.push_back({.pod = pod, .probe = &probe});
  }
  first_.push_back(static_cast<std::uint32_t>(probers_.size()));
  for (std::uint32_t i = 0; i < probers_.size(); ++i) {
    const Prober& prober = probers_[i];
    if (prober.probe->purpose == ProbeModel::Purpose::kStartup ||
        !world_.pods[prober.pod].application_up)
      continue;
    // It has been asked for a long time: the next is due at any instant of a period.
    const std::uint64_t random = mix(mix(world_.seed, world_.model.pods[prober.pod].key),
                                     Purpose::kProbe, i - first_[prober.pod]);
    const double part = unit(random) * static_cast<double>(prober.probe->period.count());
    schedule(Step::kSend, Instant(Duration(static_cast<std::int64_t>(part))), i);
  }
}

/// None comes when the load has ended.
void Probes::schedule(Step step, Instant at, std::uint32_t prober) {
  if (at >= Instant(world_.model.scenario->duration) && step == Step::kSend) return;
  world_.engine.schedule(at, {.kind = static_cast<std::uint8_t>(EventKind::kProbe),
                              .flags = static_cast<std::uint8_t>(step),
                              .a = probers_[prober].life,
                              .b = prober});
}

void Probes::on_up(std::uint32_t pod) {
  const auto& probes = world_.model.workloads[world_.pods[pod].workload].probes;
  const bool startup = std::ranges::any_of(probes, [](const ProbeModel& probe) {
    return probe.purpose == ProbeModel::Purpose::kStartup;
  });
  begin(pod, startup);
}

/// The startup probe alone, or the others.
void Probes::begin(std::uint32_t pod, bool startup) {
  for (std::uint32_t i = first_[pod]; i < first_[pod + 1]; ++i) {
    Prober& prober = probers_[i];
    prober.failures = prober.successes = 0;
    if ((prober.probe->purpose == ProbeModel::Purpose::kStartup) != startup) continue;
    schedule(Step::kSend, world_.engine.now() + prober.probe->initial_delay, i);
  }
}

void Probes::on_down(std::uint32_t pod) {
  for (std::uint32_t i = first_[pod]; i < first_[pod + 1]; ++i) {
    ++probers_[i].life;
    probers_[i].stream = kNone;
  }
}

void Probes::on_event(const Event& event) {
  Prober& prober = probers_[event.b];
  if (prober.life != event.a) return;
  if (static_cast<Step>(event.flags) == Step::kTimeout) return give_up(event.b);
  schedule(Step::kSend, world_.engine.now() + prober.probe->period, event.b);
  if (prober.stream != kNone) return;                                          // one at a time
  if (prober.probe->how != Probe::How::kHttp) return conclude(event.b, true);  // it runs
  ask(event.b);
}

void Probes::ask(std::uint32_t index) {
  Prober& prober = probers_[index];
  Call& call = world_.transport.take_call();
  call.references = 1;
  call.begun = world_.engine.now();
  call.asker = index;
  call.asker_generation = prober.life;
  call.of_probe = true;
  Stream& stream = world_.transport.open_stream(call, prober.pod, false);
  stream.on_node = true;  // where its kubelet is
  stream.random = mix(mix(world_.seed, world_.model.pods[prober.pod].key), Purpose::kProbe,
                      ++prober.asked << 8 | (index - first_[prober.pod]));
  stream.head = prober.probe->head;
  prober.stream = stream.index;
  prober.stream_generation = stream.generation;
  world_.transport.post(EventKind::kArrive, stream.index);
  schedule(Step::kTimeout, world_.engine.now() + prober.probe->timeout, index);
}

/// The kubelet goes; the application is not told.
void Probes::give_up(std::uint32_t index) {
  Prober& prober = probers_[index];
  Stream* const stream = prober.stream == kNone
                             ? nullptr
                             : world_.streams.find({prober.stream, prober.stream_generation});
  if (stream == nullptr || !stream->client_open) return;
  Call& call = world_.calls[stream->call];
  if (world_.engine.now() - call.begun < prober.probe->timeout) return;  // of one before
  world_.transport.leave(*stream);
  call.answered = true;
  world_.transport.release(call);
  prober.stream = kNone;
  conclude(index, false);
}

void Probes::on_call_done(const Call& call) {
  Prober& prober = probers_[call.asker];
  if (prober.life != call.asker_generation || prober.stream == kNone) return;
  prober.stream = kNone;
  conclude(call.asker,
           call.answer.status >= 200 && call.answer.status < 400 && !call.answer.failed());
}

void Probes::conclude(std::uint32_t index, bool passed) {
  Prober& prober = probers_[index];
  const ProbeModel& probe = *prober.probe;
  const std::uint32_t pod = prober.pod;
  prober.failures = passed ? 0 : prober.failures + 1;
  prober.successes = passed ? prober.successes + 1 : 0;
  switch (probe.purpose) {
    case ProbeModel::Purpose::kReadiness:
      if (prober.successes == probe.success_threshold) world_.lifecycle.set_passing(pod, true);
      if (prober.failures == probe.failure_threshold) world_.lifecycle.set_passing(pod, false);
      return;
    case ProbeModel::Purpose::kStartup:
      if (passed) {
        on_down(pod);  // it is over
        return begin(pod, false);
      }
      [[fallthrough]];
    case ProbeModel::Purpose::kLiveness:
      if (prober.failures == probe.failure_threshold)
        world_.lifecycle.kill(pod, probe.purpose == ProbeModel::Purpose::kStartup
                                       ? "startup probe"
                                       : "liveness probe");
      return;
  }
}

}  // namespace squall::sim
