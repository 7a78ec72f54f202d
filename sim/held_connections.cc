#include "sim/held_connections.h"

#include <algorithm>
#include <optional>
#include <span>

#include "sim/backoff.h"
#include "sim/world.h"

namespace squall::sim {

using reports::HeldCount;

namespace {

/// What connections draw moves no draw of the requests.
constexpr std::uint64_t kHeldDraws = hash_name("connections");

}  // namespace

HeldConnections::HeldConnections(World& world) : world_(world) {
  for (std::uint32_t i = 0; i < world.model.loads.size(); ++i) {
    const scenarios::Load& load = *world.model.loads[i].load;
    first_user_.push_back(static_cast<std::uint32_t>(users_.size()));
    if (!load.connections) continue;
    const auto each = static_cast<std::uint32_t>(load.connections->per_user);
    for (int user = 0; user < load.users; ++user) {
      const auto number = static_cast<std::uint32_t>(users_.size());
      users_.push_back({.first = static_cast<std::uint32_t>(connections_.size()), .count = each});
      for (std::uint32_t k = 0; k < each; ++k) connections_.push_back({.load = i, .user = number});
    }
  }
}

const scenarios::HeldConnections& HeldConnections::settings_of(const Connection& connection) const {
  return *world_.model.loads[connection.load].load->connections;
}

/// All that a load asks is at one Service.
const ServiceModel::Endpoint& HeldConnections::endpoint_of(const Connection& connection) const {
  const LoadModel& load = world_.model.loads[connection.load];
  const CallSite& site = world_.model.load_operations[load.first_operation].site;
  return world_.model.services[site.service].endpoints[connection.endpoint];
}

/// Of its latest attempt.
std::uint64_t HeldConnections::random_of(std::uint32_t index) const {
  const Connection& connection = connections_[index];
  const LoadModel& load = world_.model.loads[connection.load];
  const std::uint32_t first = users_[first_user_[connection.load]].first;
  return mix(mix(mix(world_.seed, load.key), kHeldDraws),
             std::uint64_t{index - first} << 32 | connection.attempt);
}

void HeldConnections::post(Step step, std::uint32_t index, Duration after) {
  const Event event{.kind = static_cast<std::uint8_t>(EventKind::kHeld),
                    .flags = static_cast<std::uint8_t>(step),
                    .a = connections_[index].attempt,
                    .b = index};
  if (after == Duration::zero()) return world_.engine.post(event);
  world_.engine.schedule(world_.engine.now() + after, event);
}

/// As policies' timers: what else happens at that instant comes before.
void HeldConnections::arm(Step step, std::uint32_t index, Duration after) {
  Connection& connection = connections_[index];
  connection.timer = world_.engine.arm(world_.engine.now() + after,
                                       {.kind = static_cast<std::uint8_t>(EventKind::kHeld),
                                        .flags = static_cast<std::uint8_t>(step),
                                        .a = connection.attempt,
                                        .b = index});
}

bool HeldConnections::is_up(std::uint32_t pod) const {
  return world_.listens(pod, world_.model.pods[pod].inbound != kNone);
}

void HeldConnections::send(const Call& call, std::uint64_t random) {
  User& user = users_[first_user_[call.load] + call.asker];
  user.call = call.index;
  user.random = random;
  make_lost_ones(user);
  for (std::uint32_t i = user.first; i < user.first + user.count; ++i) {
    if (connections_[i].state == Connection::State::kUp) return send_on(user, i);
  }
}

void HeldConnections::make_lost_ones(const User& user) {
  for (std::uint32_t i = user.first; i < user.first + user.count; ++i) {
    if (connections_[i].state == Connection::State::kIdle) connect(i);
  }
}

void HeldConnections::send_on(User& user, std::uint32_t index) {
  user.on = index;
  Call& call = world_.calls[user.call];
  world_.transport.send_to(call, world_.transport.site_of(call), endpoint_of(connections_[index]),
                           user.random);
}

void HeldConnections::on_done(const Call& call, bool leaves) {
  User& user = users_[first_user_[call.load] + call.asker];
  user.call = user.on = kNone;
  if (!leaves) return;
  for (std::uint32_t i = user.first; i < user.first + user.count; ++i) {
    Connection& connection = connections_[i];
    world_.engine.cancel(connection.timer);
    connection.state = Connection::State::kIdle;
    ++connection.attempt;
  }
}

void HeldConnections::answer_none(User& user) {
  Call& call = world_.calls[user.call];
  user.call = user.on = kNone;
  if (call.carrier == Carrier::kStream && !call.answered)
    world_.transport.leave(world_.streams[call.request]);
  world_.transport.answer_call(call, {}, 0);
}

void HeldConnections::connect(std::uint32_t index) {
  Connection& connection = connections_[index];
  const LoadModel& load = world_.model.loads[connection.load];
  connection.state = Connection::State::kConnecting;
  ++connection.attempt;
  arm(Step::kTimeout, index, settings_of(connection).timeout);
  const std::uint64_t random = random_of(index);
  connection.endpoint = world_.transport.random_ready(
      world_.model.load_operations[load.first_operation].site, random);
  if (connection.endpoint == kNone) return post(Step::kRefused, index, {});
  std::optional<Duration> takes = Duration::zero();
  if (world_.network.takes_time())
    takes = world_.network.connecting(load.zone, endpoint_of(connection).pod, random);
  if (takes) post(Step::kHandshake, index, *takes);  // else silence, until its timeout
}

/// Its round trips are over: the server works for it, if it is to.
void HeldConnections::handshake(std::uint32_t index) {
  const std::uint32_t pod = endpoint_of(connections_[index]).pod;
  if (!world_.network.works_for_connections()) return made(index);
  const std::optional<Duration> takes = world_.network.handshake(pod, {});
  if (!takes) return fail(index);
  if (*takes == Duration::zero()) return made(index);
  post(Step::kConnected, index, *takes);
}

void HeldConnections::made(std::uint32_t index) {
  Connection& connection = connections_[index];
  world_.engine.cancel(connection.timer);
  connection.state = Connection::State::kUp;
  connection.failed = 0;
  connection.waited = {};
  world_.collector.on_held(connection.load, HeldCount::kOpened, world_.engine.now());
  User& user = users_[connection.user];
  if (user.call != kNone && user.on == kNone) send_on(user, index);
}

/// Where it is not tried again, as after the load's end, a request that has nothing else to wait
/// for fails.
void HeldConnections::fail(std::uint32_t index) {
  Connection& connection = connections_[index];
  world_.engine.cancel(connection.timer);
  world_.collector.on_held(connection.load, HeldCount::kFailed, world_.engine.now());
  User& user = users_[connection.user];
  const bool waits = user.call != kNone && user.on == kNone;
  const auto& retry = settings_of(connection).retry;
  if (retry && world_.engine.now() < Instant(world_.model.scenario->duration)) {
    ++connection.failed;
    connection.waited = backoff_wait(
        *retry, connection.failed, connection.waited,
        mix(mix(random_of(index), kClientDraws), Purpose::kBackoff, connection.failed));
    connection.state = Connection::State::kPausing;
    ++connection.attempt;
    return arm(Step::kRetry, index, connection.waited);
  }
  connection.state = Connection::State::kIdle;
  ++connection.attempt;
  const auto is_idle = [](const Connection& one) { return one.state == Connection::State::kIdle; };
  const auto own = std::span(connections_).subspan(user.first, user.count);
  if (waits && std::ranges::all_of(own, is_idle)) answer_none(user);
}

/// It was made, and is no more.
void HeldConnections::lose(std::uint32_t index) {
  Connection& connection = connections_[index];
  connection.state = Connection::State::kIdle;
  ++connection.attempt;
  world_.collector.on_held(connection.load, HeldCount::kLost, world_.engine.now());
  User& user = users_[connection.user];
  if (user.call != kNone && user.on == index) answer_none(user);
  if (settings_of(connection).retry &&
      world_.engine.now() < Instant(world_.model.scenario->duration))
    connect(index);
}

void HeldConnections::on_event(const Event& event) {
  Connection& connection = connections_[event.b];
  if (connection.attempt != event.a) return;
  const auto step = static_cast<Step>(event.flags);
  if (step == Step::kHandshake || step == Step::kConnected) {
    const std::uint32_t pod = endpoint_of(connection).pod;
    if (world_.network.is_silent(pod)) return;  // it may have gone meanwhile
    if (!is_up(pod)) return fail(event.b);
  }
  switch (step) {
    case Step::kHandshake:
      return handshake(event.b);
    case Step::kConnected:
      return made(event.b);
    case Step::kClosed:
      return connection.state == Connection::State::kUp ? lose(event.b) : fail(event.b);
    case Step::kRefused:
    case Step::kTimeout:
      return fail(event.b);
    case Step::kRetry:
      return connect(event.b);
  }
}

/// The news is on its way to the user.
template <class Holds>
void HeldConnections::close(const Holds& holds) {
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    const Connection& connection = connections_[i];
    const bool leads = connection.state == Connection::State::kUp ||
                       connection.state == Connection::State::kConnecting;
    if (!leads || connection.endpoint == kNone || !holds(endpoint_of(connection).pod)) continue;
    std::optional<Duration> takes = Duration::zero();
    if (world_.network.takes_time())
      takes = world_.network.closing(world_.model.loads[connection.load].zone,
                                     endpoint_of(connection).pod, random_of(i));
    if (takes) post(Step::kClosed, i, *takes);
  }
}

void HeldConnections::close_to(std::uint32_t pod, bool application_only) {
  if (application_only && world_.model.pods[pod].inbound != kNone) return;
  close([&](std::uint32_t to) { return to == pod; });
}

void HeldConnections::close_of(const LinkFault& fault) {
  close(
      [&](std::uint32_t to) { return fault.meets(kNone, to, scenarios::Fault::Direction::kBoth); });
}

}  // namespace squall::sim
