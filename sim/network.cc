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
      takes_time_(declared_.latency || declared_.tls_cpu > Duration::zero()),
      busy_until_(declared_.tls_cpu > Duration::zero() ? world.model.pods.size() : 0) {}

/// Within a pod nothing is sent over the network.
Duration Network::one_way(std::uint32_t from, std::uint32_t to, std::uint64_t random) const {
  if (from == to || !declared_.latency) return {};
  return declared_.latency->sample(random);
}

Duration Network::round_trips(int n, std::uint32_t from, std::uint32_t to,
                              std::uint64_t random) const {
  Duration sum{};
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(n); ++i)
    sum += one_way(from, to, mix(random, 2 * i)) + one_way(to, from, mix(random, 2 * i + 1));
  return sum;
}

void Network::carry(EventKind kind, const Stream& stream) {
  const std::uint32_t client =
      stream.proxy != kNone ? world_.proxies[stream.proxy]->pod : world_.calls[stream.call].pod;
  const bool back = kind == EventKind::kReply;
  const std::uint64_t random =
      mix(mix(stream.random, Purpose::kNetwork, stream.number), back ? 1 : 0);
  const Duration takes =
      back ? one_way(stream.pod, client, random) : one_way(client, stream.pod, random);
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
  const std::uint32_t from = proxy.pod, to = slot.target.pod;
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
  Duration takes = one_way(slot.target.pod, proxy.pod, mix(random, Draw::kClosing));
  if (reads_first) takes += one_way(proxy.pod, slot.target.pod, mix(random, Draw::kReading));
  if (takes == Duration::zero()) return world_.engine.post(closed);
  world_.engine.schedule(world_.engine.now() + takes, closed);
}

}  // namespace squall::sim
