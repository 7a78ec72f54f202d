#include "sim/autoscalers.h"

#include "policies/base/mix.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

// The controller's: how often it looks, how long a replica is new, and how soon after its beginning
// one that has never been ready was found so.
constexpr Duration kPeriod = 15s, kNew = 5min, kFirstFound = 30s;

enum class Counts : std::uint8_t { kNot, kUnready, kMissing, kYes };

Counts counts(const Lifecycle::Condition& replica, Instant now) {
  if (!replica.wanted) return Counts::kNot;
  if (!replica.has_run) return Counts::kUnready;
  if (!replica.running || now - replica.running_since < kPeriod) return Counts::kMissing;
  const bool unready = now - replica.created < kNew
                           ? !replica.ready || now - replica.turned < kPeriod
                           : !replica.ready && replica.turned - replica.created < kFirstFound;
  return unready ? Counts::kUnready : Counts::kYes;
}

}  // namespace

void Autoscalers::start() {
  for (std::uint32_t i = 0; i < world_.model.autoscalers.size(); ++i) {
    const AutoscalerModel& model = world_.model.autoscalers[i];
    const WorkloadModel& workload = world_.model.workloads[model.workload];
    all_.push_back({Autoscaler(model.rules), std::vector<std::uint64_t>(workload.pods)});
    const double part = unit(mix(world_.seed, Purpose::kAutoscaler, workload.name, 0));
    const auto phase =
        Duration(static_cast<std::int64_t>(part * static_cast<double>(kPeriod.count())));
    schedule(Instant(phase), i);
  }
}

/// None looks when the load has ended.
void Autoscalers::schedule(Instant at, std::uint32_t index) {
  if (at >= Instant(world_.model.scenario->duration)) return;
  world_.engine.schedule(at,
                         {.kind = static_cast<std::uint8_t>(EventKind::kAutoscale), .b = index});
}

/// What the replicas are and have used since the look before.
ScalingNow Autoscalers::look(std::uint32_t index) {
  const AutoscalerModel& model = world_.model.autoscalers[index];
  const WorkloadModel& workload = world_.model.workloads[model.workload];
  ScalingNow out{.at = world_.engine.now(), .request = model.request};
  for (std::uint32_t i = 0; i < workload.pods; ++i) {
    const std::uint32_t pod = workload.first_pod + i;
    const std::uint64_t area = world_.pods[pod].station.areas(out.at).working;
    const auto busy = static_cast<std::uint64_t>(
        workload.cpu_speed *
        static_cast<double>(area - std::exchange(all_[index].before[i], area)));
    const Counts how = counts(world_.lifecycle.condition(pod), out.at);
    out.replicas += how != Counts::kNot ? 1 : 0;
    out.unready += how == Counts::kUnready ? 1 : 0;
    out.missing += how == Counts::kMissing ? 1 : 0;
    if (how != Counts::kYes) continue;
    constexpr auto kWindow = static_cast<std::uint64_t>(kPeriod.count());
    ++out.counted;
    out.used += static_cast<std::int64_t>((busy * 1000 + kWindow - 1) / kWindow);
  }
  return out;
}

void Autoscalers::on_event(const Event& event) {
  const ScalingNow now = look(event.b);
  schedule(now.at + kPeriod, event.b);
  if (now.at < Instant(kPeriod)) return;  // the first look only begins to count
  const std::uint32_t wanted = all_[event.b].decisions.decide(now);
  world_.lifecycle.set_replicas(world_.model.autoscalers[event.b].workload, wanted,
                                ", by its autoscaler");
}

}  // namespace squall::sim
