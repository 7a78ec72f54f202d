// Loads: when requests arrive, open or closed.
//
// An open load's expected number of arrivals grows with its rate; an arrival happens each time it
// has grown by an exponential (Poisson) or by one (constant). Within a segment of the rate's broken
// line the instant follows in closed form.
#include <algorithm>
#include <cmath>

#include "policies/base/math.h"
#include "sim/rate.h"
#include "sim/world.h"
#include "sim/zipf.h"

namespace squall::sim {
namespace {

/// Seconds until `expected` arrivals more at this rate; negative: not within the segment.
double seconds_for(const RateSegment& segment, double expected) {
  if (segment.expected() < expected) return -1;
  if (segment.slope == 0) return expected / segment.rate;
  const double root = std::sqrt(segment.rate * segment.rate + 2 * segment.slope * expected);
  return 2 * expected / (segment.rate + root);
}

}  // namespace

void Loads::start() {
  user_rounds_.resize(world_.model.loads.size());
  states_.resize(world_.model.loads.size());
  for (std::uint32_t i = 0; i < world_.model.loads.size(); ++i) {
    const scenarios::Load& load = *world_.model.loads[i].load;
    if (load.kind == scenarios::Load::Kind::kOpen) {
      schedule_arrival(i);
      continue;
    }
    user_rounds_[i].resize(static_cast<std::size_t>(load.users));
    for (std::uint32_t user = 0; user < user_rounds_[i].size(); ++user) think(i, user);
  }
}

void Loads::schedule_arrival(std::uint32_t index) {
  const LoadModel& model = world_.model.loads[index];
  State& state = states_[index];
  const std::uint64_t random = mix(mix(world_.seed, model.key), state.arrivals);
  double expected = 1;
  if (model.load->arrivals == scenarios::Load::Arrivals::kPoisson) {
    expected = -exact::log(open_unit(mix(random, Purpose::kArrival, 0)));
  }
  const double end_s = to_seconds(world_.model.scenario->duration);
  while (state.at_s < end_s) {
    const RateSegment segment = rate_segment_at(model.steps, state.at_s, end_s);
    const double seconds = seconds_for(segment, expected);
    if (seconds >= 0) {
      state.at_s += seconds;
      const Instant at = at_ns(static_cast<std::int64_t>(std::floor(state.at_s * 1e9 + 0.5)));
      if (at < Instant(world_.model.scenario->duration))
        world_.engine.schedule(at,
                               {.kind = static_cast<std::uint8_t>(EventKind::kLoad), .b = index});
      return;
    }
    const double length = segment.to_s - segment.from_s;
    expected -= (segment.rate + segment.slope * length / 2) * length;
    state.at_s = segment.to_s;
  }
}

void Loads::on_load(std::uint32_t index) {
  const LoadModel& model = world_.model.loads[index];
  State& state = states_[index];
  const std::uint64_t random = mix(mix(world_.seed, model.key), state.arrivals);
  ++state.arrivals;
  schedule_arrival(index);
  begin(index, kNone, random);
}

std::uint64_t Loads::user_random(std::uint32_t load, std::uint32_t user) const {
  return mix(mix(mix(world_.seed, world_.model.loads[load].key), std::uint64_t{1} << 32 | user),
             user_rounds_[load][user]);
}

/// A closed load's user pauses, then asks.
void Loads::think(std::uint32_t index, std::uint32_t user) {
  const LoadModel& model = world_.model.loads[index];
  Duration pause{};
  if (model.load->think)
    pause = model.load->think->sample(mix(user_random(index, user), Purpose::kThink, 0));
  world_.engine.schedule(
      world_.engine.now() + pause,
      {.kind = static_cast<std::uint8_t>(EventKind::kUser), .a = index, .b = user});
}

void Loads::on_call_done(const Call& call) {
  --waiting_;
  world_.collector.on_load_request(call, world_.engine.now());
  if (call.asker != kNone) think(call.load, call.asker);
}

void Loads::on_restart() {
  const std::vector<User> waiting = std::move(parked_);
  parked_.clear();
  for (const User& user : waiting) on_user(user.load, user.user);
}

void Loads::on_user(std::uint32_t index, std::uint32_t user) {
  if (to_ns(world_.engine.now()) >= world_.model.scenario->duration.count()) return;
  if (const std::uint32_t source = world_.model.loads[index].source;
      source != kNone && sender(source, user) == kNone) {
    parked_.push_back({index, user});  // until one restarts
    return;
  }
  const std::uint64_t random = user_random(index, user);
  ++user_rounds_[index][user];
  begin(index, user, random);
}

/// The pod that sends a load's request: a replica that is up, by its number; kNone: all are down.
std::uint32_t Loads::sender(std::uint32_t workload, std::uint64_t replica) const {
  const WorkloadModel& source = world_.model.workloads[workload];
  const std::uint32_t own = source.first_pod + static_cast<std::uint32_t>(replica % source.pods);
  if (world_.pods[own].application_up) return own;
  const std::uint32_t ready = world_.ready_pods(workload);
  if (ready == 0) return kNone;
  auto left = static_cast<std::uint32_t>(replica / source.pods % ready);
  std::uint32_t pod = source.first_pod;
  while (!world_.pods[pod].application_up || left-- > 0) ++pod;
  return pod;
}

void Loads::begin(std::uint32_t index, std::uint32_t user, std::uint64_t random) {
  const LoadModel& model = world_.model.loads[index];
  Call& call = world_.transport.take_call();
  call.references = 1;
  call.load = index;
  call.asker = user;
  call.begun = world_.engine.now();
  if (!model.keys_below.empty()) {
    world_.carried[call.index].key =
        zipf_key(model.keys_below, unit(mix(random, Purpose::kOperation, 1)));
  }
  ++waiting_;
  world_.collector.on_load_begun(call);
  std::uint32_t pod = kNone;
  if (model.source != kNone) {
    pod = sender(model.source, user != kNone ? user : mix(random, Purpose::kReplica, 0));
    if (pod == kNone) return world_.transport.answer_call(call, {}, 0);
  }
  world_.transport.make_call(call, model.site, pod, random);
}

}  // namespace squall::sim
