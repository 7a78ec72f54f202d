// Loads: when requests arrive, open or closed.
//
// An open load's expected number of arrivals grows with its rate; an arrival happens each time it
// has grown by an exponential (Poisson) or by one (constant). Within a segment of the rate's broken
// line the instant follows in closed form.
#include <algorithm>
#include <cmath>
#include <span>

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

/// Which of a mix a request asks for, by their weights.
std::uint32_t drawn_operation(std::span<const LoadOperationModel> mix_of, std::uint64_t random) {
  const double drawn = unit(mix(random, Purpose::kOperation, 0));
  std::uint32_t one = 0;
  while (one + 1 < mix_of.size() && drawn >= mix_of[one].below) ++one;
  return one;
}

}  // namespace

void Loads::start() {
  user_rounds_.resize(world_.model.loads.size());
  states_.resize(world_.model.loads.size());
  for (std::uint32_t i = 0; i < world_.model.loads.size(); ++i) {
    const scenarios::Load& load = *world_.model.loads[i].load;
    if (load.kind == scenarios::Load::Kind::kTrace) schedule_traced(i);
    if (load.kind == scenarios::Load::Kind::kOpen) schedule_arrival(i);
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

void Loads::schedule_traced(std::uint32_t index) {
  const std::vector<scenarios::Arrival>& trace = world_.model.loads[index].load->trace;
  const std::uint64_t next = states_[index].arrivals;
  if (next < trace.size() && trace[next].at < world_.model.scenario->duration)
    world_.engine.schedule(Instant(trace[next].at),
                           {.kind = static_cast<std::uint8_t>(EventKind::kLoad), .b = index});
}

void Loads::on_load(std::uint32_t index) {
  const LoadModel& model = world_.model.loads[index];
  State& state = states_[index];
  const std::uint64_t number = state.arrivals++;
  const std::uint64_t random = mix(mix(world_.seed, model.key), number);
  if (model.load->kind == scenarios::Load::Kind::kTrace) [[unlikely]] {
    schedule_traced(index);
    return begin(index, kNone, random, model.load->trace[number]);
  }
  schedule_arrival(index);
  begin(index, kNone, random, {});
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
  if (call.asker == kNone) return;
  const scenarios::Load& load = *world_.model.loads[call.load].load;
  if (load.connections) [[unlikely]]
    world_.held.on_done(call, load.once);
  if (!load.once) think(call.load, call.asker);
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
  begin(index, user, random, {});
}

/// The pod that sends a load's request: a replica that is up, by its number; kNone: all are down.
/// Replicas that only come later have none of it before; then it falls to those of the start.
std::uint32_t Loads::sender(std::uint32_t workload, std::uint64_t replica) const {
  const WorkloadModel& source = world_.model.workloads[workload];
  const auto is_up = [&](std::uint32_t pod) { return world_.pods[pod].application_up; };
  for (const std::uint32_t among : {source.pods, source.members}) {
    if (among == 0) continue;
    const std::uint32_t own = source.first_pod + static_cast<std::uint32_t>(replica % among);
    if (is_up(own)) return own;
  }
  std::uint32_t up = 0;
  for (std::uint32_t i = 0; i < source.pods; ++i) up += is_up(source.first_pod + i) ? 1U : 0U;
  if (up == 0) return kNone;
  auto left = static_cast<std::uint32_t>(replica / source.pods % up);
  std::uint32_t pod = source.first_pod;
  while (!is_up(pod) || left-- > 0) ++pod;
  return pod;
}

/// By which its request goes: the one that its trace gives, or one that is drawn.
void Loads::take_key(const Call& call, std::uint64_t random, std::uint32_t given) {
  const LoadModel& model = world_.model.loads[call.load];
  Carried& carried = world_.carried[call.index];
  carried.key = given;
  if (given == kNone && !model.keys_below.empty())
    carried.key = zipf_key(model.keys_below, unit(mix(random, Purpose::kOperation, 1)));
  const auto& keys = model.load->keys;
  if (carried.key != kNone && keys && !keys->header.empty())
    carried.head = telling_head(call.model, keys->header, carried.key);
}

/// What it asks, with a header that tells the key: made when it is first asked with it.
std::uint32_t Loads::telling_head(std::uint32_t operation, const std::string& header,
                                  std::uint32_t key) {
  if (telling_.empty()) telling_.resize(world_.model.load_operations.size());
  std::vector<std::uint32_t>& known = telling_[operation];
  if (key >= known.size()) known.resize(std::size_t{key} + 1, kNone);
  if (known[key] != kNone) return known[key];
  OwnHead head = world_.heads.own(world_.model.load_operations[operation].site.head);
  head.headers.emplace_back(header, std::to_string(key + 1));
  return known[key] = world_.heads.intern(head, false);
}

void Loads::begin(std::uint32_t index, std::uint32_t user, std::uint64_t random,
                  const scenarios::Arrival& arrival) {
  const LoadModel& model = world_.model.loads[index];
  Call& call = world_.transport.take_call();
  call.references = 1;
  call.load = index;
  call.asker = user;
  call.begun = world_.engine.now();
  call.model = model.first_operation;
  if (model.operations > 1) [[unlikely]]
    call.model += arrival.operation != kNone
                      ? arrival.operation
                      : drawn_operation(world_.model.operations_of(model), random);
  if (world_.model.carries) [[unlikely]]
    take_key(call, random, arrival.key);
  ++waiting_;
  world_.collector.on_load_begun(call);
  if (model.load->connections) [[unlikely]]
    return world_.held.send(call, random);
  std::uint32_t pod = kNone;
  if (model.source != kNone) {
    pod = sender(model.source, user != kNone ? user : mix(random, Purpose::kReplica, 0));
    if (pod == kNone) return world_.transport.answer_call(call, {}, 0);
  }
  world_.transport.make_call(call, world_.transport.site_of(call), pod, random);
}

}  // namespace squall::sim
