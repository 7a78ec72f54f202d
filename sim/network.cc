#include "sim/network.h"

#include <algorithm>

#include "sim/world.h"

namespace squall::sim {
namespace {

/// What a connection's draws are for.
enum Draw : std::uint64_t { kConnecting = 0, kSecuring = 1000, kReading = 2000, kClosing };

}  // namespace

Network::Network(World& world)
    : world_(world),
      declared_(world.model.scenario->network),
      takes_time_(declared_.latency || !declared_.zones.empty() ||
                  declared_.tls_cpu > Duration::zero()),
      busy_until_(declared_.tls_cpu > Duration::zero() ? world.model.pods.size() : 0) {}

Network::End Network::end_of(std::uint32_t pod) const { return {pod, world_.model.pods[pod].zone}; }

Network::End Network::client_of(const Stream& stream) const {
  if (stream.proxy != kNone) return end_of(world_.proxies[stream.proxy]->pod);
  const Call& call = world_.calls[stream.call];
  if (call.pod != kNone) return end_of(call.pod);
  return {kNone, call.load != kNone ? world_.model.loads[call.load].zone : 0};
}

/// Within a pod nothing is sent over the network.
Duration Network::one_way(End from, End to, std::uint64_t random) const {
  if (from.pod == to.pod) return {};
  const NetworkModel& model = world_.model.network;
  const Distribution* const latency = model.links[from.zone * model.zones.size() + to.zone];
  return latency == nullptr ? Duration{} : latency->sample(random);
}

Duration Network::round_trips(int n, End from, End to, std::uint64_t random) const {
  Duration sum{};
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(n); ++i)
    sum += one_way(from, to, mix(random, 2 * i)) + one_way(to, from, mix(random, 2 * i + 1));
  return sum;
}

void Network::carry(EventKind kind, const Stream& stream) {
  const End client = client_of(stream), server = end_of(stream.pod);
  const bool back = kind == EventKind::kReply;
  const std::uint64_t random =
      mix(mix(stream.random, Purpose::kNetwork, stream.number), back ? 1 : 0);
  const Duration takes = back ? one_way(server, client, random) : one_way(client, server, random);
  if (takes == Duration::zero()) return world_.transport.post(kind, stream.index);
  world_.engine.schedule(world_.engine.now() + takes,
                         {.kind = static_cast<std::uint8_t>(kind), .b = stream.index});
}

std::uint64_t Network::random_of(const Proxy& proxy, const Event& of_connection,
                                 const ConnectionSlot& slot) const {
  const std::uint64_t number = std::uint64_t{slot.generation} << 32 | of_connection.b;
  return mix(mix(world_.seed, world_.model.pods[proxy.pod].key), Purpose::kNetwork, number);
}

void Network::connect(const Event& made, const Proxy& proxy, const ConnectionSlot& slot) {
  const std::uint64_t random = random_of(proxy, made, slot);
  const End from = end_of(proxy.pod), to = end_of(slot.target.pod);
  Duration takes =
      round_trips(declared_.connect_round_trips, from, to, mix(random, Draw::kConnecting));
  const bool refused = made.kind == static_cast<std::uint8_t>(EventKind::kRefused);
  const bool listens = !refused || slot.target.fit == config::TransportFit::kHandshakeFails;
  Event event = made;
  if (slot.target.tls && listens) {
    takes += round_trips(declared_.tls_round_trips, from, to, mix(random, Draw::kSecuring));
    if (!refused && declared_.tls_cpu > Duration::zero())
      event.kind = static_cast<std::uint8_t>(EventKind::kHandshake);
  }
  if (takes == Duration::zero()) return world_.engine.post(event);
  world_.engine.schedule(world_.engine.now() + takes, event);
}

/// One after the other at the server; at the client there are few at a time.
void Network::on_handshake(const Event& event, const ConnectionSlot& slot) {
  Instant& until = busy_until_[slot.target.pod];
  until = std::max(until, world_.engine.now()) + declared_.tls_cpu;
  Event made = event;
  made.kind = static_cast<std::uint8_t>(EventKind::kConnected);
  world_.engine.schedule(until + declared_.tls_cpu, made);
}

void Network::close(const Event& closed, const Proxy& proxy, const ConnectionSlot& slot,
                    bool reads_first) {
  const std::uint64_t random = random_of(proxy, closed, slot);
  const End client = end_of(proxy.pod), server = end_of(slot.target.pod);
  Duration takes = one_way(server, client, mix(random, Draw::kClosing));
  if (reads_first) takes += one_way(client, server, mix(random, Draw::kReading));
  if (takes == Duration::zero()) return world_.engine.post(closed);
  world_.engine.schedule(world_.engine.now() + takes, closed);
}

}  // namespace squall::sim
