#include "sim/network.h"

#include <algorithm>
#include <utility>

#include "sim/world.h"

namespace squall::sim {
namespace {

/// What a connection's draws are for.
enum Draw : std::uint64_t {
  kConnecting,
  kSecuring,
  kReading,
  kClosing,
  kAsked,
  kAnswered,
  kClosed
};

// As Linux does it: tcp_syn_retries and tcp_retries2.
constexpr Duration kConnectAgain = 1s, kSendAgain = 200ms, kLongestPause = 120s;
constexpr std::uint64_t kConnects = 6;
constexpr int kSends = 15;

bool makes_handshakes(const Model& model) {
  return model.scenario->network.tls_cpu > Duration::zero() ||
         std::ranges::any_of(model.workloads,
                             [](const WorkloadModel& one) { return one.handshake.has_value(); });
}

bool has_silence(const Model& model) {
  return std::ranges::any_of(model.faults, [](const FaultModel& one) {
    return one.fault->kind == scenarios::Fault::Kind::kCrash &&
           one.fault->of == scenarios::Fault::Of::kNode;
  });
}

bool is_on(const scenarios::Fault& fault, Instant at) {
  return Instant(fault.at) <= at && (!fault.lasts || at < Instant(fault.at + *fault.lasts));
}

}  // namespace

Network::Network(World& world)
    : world_(world),
      declared_(world.model.scenario->network),
      takes_time_(declared_.latency || !declared_.zones.empty() || declared_.loss > 0 ||
                  makes_handshakes(world.model) || !world.model.network.faults.empty() ||
                  has_silence(world.model)),
      handshakes_(makes_handshakes(world.model) ? world.model.pods.size() : 0),
      silent_(has_silence(world.model) ? world.model.pods.size() : 0) {}

Network::End Network::end_of(std::uint32_t pod) const { return {pod, world_.model.pods[pod].zone}; }

Network::End Network::client_of(const Stream& stream) const {
  if (stream.proxy != kNone) return end_of(world_.proxies[stream.proxy]->pod);
  const Call& call = world_.calls[stream.call];
  if (call.pod != kNone) return end_of(call.pod);
  if (call.of_check) return end_of(world_.health_checks.client_of(call));
  return {kNone, call.load != kNone ? world_.model.loads[call.load].zone : 0};
}

bool Network::is_lost(End from, End to, Instant at, std::uint64_t random) const {
  using Kind = scenarios::Fault::Kind;
  if (declared_.loss > 0 && unit(mix(random, Purpose::kNetwork, 0)) < declared_.loss) return true;
  for (const LinkFault& link : world_.model.network.faults) {
    const FaultModel& model = world_.model.faults[link.fault];
    const scenarios::Fault& fault = *model.fault;
    if (fault.kind != Kind::kPartition && fault.kind != Kind::kLoss) continue;
    if (!is_on(fault, at) || !link.meets(from.pod, to.pod, fault.direction)) continue;
    if (fault.kind == Kind::kPartition) return true;
    const double ratio = fault.ratio * world_.faults.ramped(model);
    if (unit(mix(random, Purpose::kNetwork, model.key)) < ratio) return true;
  }
  return false;
}

std::optional<Duration> Network::sent_again(End from, End to, Duration first, int most,
                                            std::uint64_t random) const {
  Duration waited{};
  if (from.pod == to.pod) return waited;
  if (is_silent(from.pod) || is_silent(to.pod)) return std::nullopt;
  Duration pause = first;
  for (std::uint64_t k = 0; is_lost(from, to, world_.engine.now() + waited, mix(random, k)); ++k) {
    if (k == static_cast<std::uint64_t>(most)) return std::nullopt;
    waited += pause;
    pause = std::min(pause * 2, kLongestPause);
  }
  return waited;
}

/// Within a pod nothing is sent over the network.
Duration Network::one_way(End from, End to, std::uint64_t random) const {
  if (from.pod == to.pod) return {};
  const NetworkModel& model = world_.model.network;
  const Distribution* const latency = model.links[from.zone * model.zones.size() + to.zone];
  Duration takes = latency == nullptr ? Duration{} : latency->sample(random);
  for (const LinkFault& link : model.faults) {
    const FaultModel& row = world_.model.faults[link.fault];
    const scenarios::Fault& fault = *row.fault;
    if (fault.kind == scenarios::Fault::Kind::kDelay && is_on(fault, world_.engine.now()) &&
        link.meets(from.pod, to.pod, fault.direction))
      takes += fault.latency->sample(mix(random, row.key));
  }
  return takes;
}

/// Of a request's body, by itself: what else is on its way takes nothing from it.
Duration Network::sending(const Stream& stream, End from, End to) const {
  if (from.pod == to.pod || stream.of_probe) return {};
  constexpr double kMost = 1e18;  // ns, thirty years
  const NetworkModel& model = world_.model.network;
  const double per_byte = model.ns_per_byte[from.zone * model.zones.size() + to.zone];
  const auto bytes = static_cast<double>(world_.transport.site_of(world_.calls[stream.call]).body);
  return Duration(static_cast<std::int64_t>(std::min(bytes * per_byte, kMost)));
}

Duration Network::round_trips(int n, End from, End to, std::uint64_t random) const {
  Duration sum{};
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(n); ++i)
    sum += one_way(from, to, mix(random, 2 * i)) + one_way(to, from, mix(random, 2 * i + 1));
  return sum;
}

void Network::carry(EventKind kind, Stream& stream) {
  const bool back = kind == EventKind::kReply;
  End from = client_of(stream), to = end_of(stream.pod);
  if (back) std::swap(from, to);
  const std::uint64_t random =
      mix(mix(stream.random, Purpose::kNetwork, stream.number), back ? 1 : 0);
  const std::uint64_t of_message = mix(random, static_cast<std::uint64_t>(kind));
  const std::optional<Duration> waited = sent_again(from, to, kSendAgain, kSends, of_message);
  if (!waited) {
    if (kind == EventKind::kArrive) {
      stream.server_open = false;  // it never hears of it
      world_.transport.release(stream);
    }
    return world_.transport.release(stream);
  }
  if (kind == EventKind::kArrive) stream.sent_again = *waited > Duration::zero();
  Duration takes = *waited + one_way(from, to, random);
  if (kind == EventKind::kArrive && !world_.model.network.ns_per_byte.empty()) [[unlikely]]
    takes += sending(stream, from, to);
  if (takes == Duration::zero()) return world_.transport.post(kind, stream.index);
  world_.engine.schedule(world_.engine.now() + takes,
                         {.kind = static_cast<std::uint8_t>(kind), .b = stream.index});
}

std::uint64_t Network::random_of(const Proxy& proxy, const Event& of_connection,
                                 const ConnectionSlot& slot) const {
  const std::uint64_t number = std::uint64_t{slot.generation} << 32 | of_connection.b;
  return mix(mix(world_.seed, world_.model.pods[proxy.pod].key), Purpose::kNetwork, number);
}

std::optional<Duration> Network::connecting(End from, End to, std::uint64_t random) const {
  if (is_silent(from.pod) || is_silent(to.pod)) return std::nullopt;
  Duration takes{}, pause = kConnectAgain;
  for (std::uint64_t k = 0;; ++k) {  // who connects tries again, whichever way it was lost
    const Instant at = world_.engine.now() + takes;
    if (from.pod == to.pod || (!is_lost(from, to, at, mix(mix(random, Draw::kAsked), k)) &&
                               !is_lost(to, from, at, mix(mix(random, Draw::kAnswered), k))))
      break;
    if (k == kConnects) return std::nullopt;  // silence, until the connect timeout
    takes += pause;
    pause = pause * 2;
  }
  return takes +
         round_trips(declared_.connect_round_trips, from, to, mix(random, Draw::kConnecting));
}

std::optional<Duration> Network::connecting(std::uint32_t zone, std::uint32_t pod,
                                            std::uint64_t random) const {
  return connecting({kNone, zone}, end_of(pod), random);
}

std::optional<Duration> Network::connecting(std::uint32_t client, const Target& to,
                                            std::uint64_t random) const {
  const End from = end_of(client), server = end_of(to.pod);
  std::optional<Duration> takes = connecting(from, server, random);
  if (takes && to.tls)
    *takes += round_trips(declared_.tls_round_trips, from, server, mix(random, Draw::kSecuring));
  return takes;
}

void Network::connect(const Event& made, const Proxy& proxy, const ConnectionSlot& slot) {
  const std::uint64_t random = random_of(proxy, made, slot);
  const End from = end_of(proxy.pod), to = end_of(slot.target.pod);
  std::optional<Duration> takes = connecting(from, to, random);
  if (!takes) return;
  const bool refused = made.kind == static_cast<std::uint8_t>(EventKind::kRefused);
  const bool listens = !refused || slot.target.fit == config::TransportFit::kHandshakeFails;
  if (slot.target.tls && listens)
    *takes += round_trips(declared_.tls_round_trips, from, to, mix(random, Draw::kSecuring));
  Event event = made;
  if (!refused && from.pod != to.pod && works_for_connections())
    event.kind = static_cast<std::uint8_t>(EventKind::kHandshake);
  if (*takes == Duration::zero()) return world_.engine.post(event);
  world_.engine.schedule(world_.engine.now() + *takes, event);
}

/// One after the other at the server; at the client there are few at a time.
std::optional<Duration> Network::handshake(std::uint32_t pod, Duration tls) {
  const auto& own = world_.model.workloads[world_.model.pods[pod].workload].handshake;
  Handshakes& all = handshakes_[pod];
  const Instant now = world_.engine.now();
  while (!all.ends.empty() && all.ends.front() <= now) all.ends.pop();
  if (own && own->limit && all.ends.size() >= static_cast<std::uint32_t>(*own->limit))
    return std::nullopt;
  const Duration work = world_.faults.at_cpu(pod, tls + (own ? own->cpu : Duration::zero()));
  if (work == Duration::zero()) return work;
  all.last = std::max(all.last, now) + work;
  all.ends.push(all.last);
  return all.last - now;
}

void Network::on_handshake(const Event& event, const ConnectionSlot& slot) {
  const Duration tls = slot.target.tls ? declared_.tls_cpu : Duration::zero();
  const std::optional<Duration> takes = handshake(slot.target.pod, tls);
  Event next = event;
  next.kind = static_cast<std::uint8_t>(takes ? EventKind::kConnected : EventKind::kRefused);
  if (!takes || *takes == Duration::zero()) return world_.engine.post(next);
  const std::uint32_t client = world_.proxies[event.a]->pod;
  world_.engine.schedule(world_.engine.now() + *takes + world_.faults.at_cpu(client, tls), next);
}

void Network::forget_handshakes(std::uint32_t pod) {
  if (handshakes_.empty()) return;
  handshakes_[pod].ends.clear();
  handshakes_[pod].last = world_.engine.now();
}

void Network::close(const Event& closed, const Proxy& proxy, const ConnectionSlot& slot,
                    bool reads_first) {
  const std::uint64_t random = random_of(proxy, closed, slot);
  const End client = end_of(proxy.pod), server = end_of(slot.target.pod);
  std::optional<Duration> takes = closing(server, client, random);
  if (!takes) return;
  if (reads_first) *takes += one_way(client, server, mix(random, Draw::kReading));
  if (*takes == Duration::zero()) return world_.engine.post(closed);
  world_.engine.schedule(world_.engine.now() + *takes, closed);
}

std::optional<Duration> Network::closing(End server, End client, std::uint64_t random) const {
  const auto waited = sent_again(server, client, kSendAgain, kSends, mix(random, Draw::kClosed));
  if (!waited) return std::nullopt;
  return *waited + one_way(server, client, mix(random, Draw::kClosing));
}

std::optional<Duration> Network::closing(std::uint32_t zone, std::uint32_t pod,
                                         std::uint64_t random) const {
  return closing(end_of(pod), {kNone, zone}, random);
}

}  // namespace squall::sim
