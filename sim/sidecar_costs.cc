#include "sim/sidecar_costs.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

constexpr Duration kNoticed = 1s;  // by the kubelet, which looks so often

}  // namespace

void SidecarCosts::start() {
  const scenarios::SidecarCost& cost = world_.model.scenario->mesh.sidecar;
  if (!cost.any()) return;
  weighs_ = cost.memory && cost.memory->connection > 0;
  rows_.resize(world_.pods.size());
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    Pod& pod = world_.pods[i];
    rows_[i].ends.resize(static_cast<std::size_t>(world_.model.pods[i].sidecar_workers));
    pod.sidecar_costs = pod.inbound != kNone;
  }
}

void SidecarCosts::schedule(Step step, Instant at, std::uint32_t pod, std::uint32_t b) {
  world_.engine.schedule(at, {.kind = static_cast<std::uint8_t>(EventKind::kSidecar),
                              .flags = static_cast<std::uint8_t>(step),
                              .a = rows_[pod].life,
                              .b = b});
}

/// When a request that comes now has had its turn.
Instant SidecarCosts::served(Row& row) const {
  Instant& end = row.ends[row.next];
  row.next = row.next + 1 == row.ends.size() ? 0 : row.next + 1;
  end = std::max(end, world_.engine.now()) + world_.model.scenario->mesh.sidecar.cpu;
  return end;
}

/// The event holds the stream, as the one before that brought it here.
void SidecarCosts::receive(Stream& stream) {
  if (!world_.transport.is_there(stream)) {
    world_.transport.lose_stream(stream);
    return world_.transport.release(stream);
  }
  const Instant at = served(rows_[stream.pod]);
  if (at == world_.engine.now()) return world_.transport.enter(stream);
  schedule(Step::kReceived, at, stream.pod, stream.index);
}

void SidecarCosts::send(Call& call, std::uint64_t random, std::uint32_t endpoint) {
  if (!world_.pods[call.pod].sidecar_up) return world_.transport.answer_call(call, {}, 0);
  const Instant at = served(rows_[call.pod]);
  if (at == world_.engine.now()) return pass_on(call, {random, endpoint});
  waiting_[call.index] = {random, endpoint};
  ++call.references;
  schedule(Step::kSent, at, call.pod, call.index);
}

/// Its turn has come. The replica that was chosen may be gone by now.
void SidecarCosts::pass_on(Call& call, const Waiting& waiting) {
  const CallSite& site = world_.transport.site_of(call);
  if (waiting.endpoint == kNone) return world_.transport.enter(call, site, waiting.random);
  const std::uint32_t pod = world_.model.services[site.service].endpoints[waiting.endpoint].pod;
  const bool there = world_.listens(pod, world_.model.pods[pod].inbound != kNone);
  world_.transport.send_directly(call, site, there ? waiting.endpoint : kNone, waiting.random);
}

void SidecarCosts::on_event(const Event& event) {
  switch (static_cast<Step>(event.flags)) {
    case Step::kReceived: {
      Stream& stream = world_.streams[event.b];
      if (!stream.server_open) return world_.transport.release(stream);  // the client has left
      if (rows_[stream.pod].life == event.a) return world_.transport.enter(stream);
      world_.transport.lose_stream(stream);
      return world_.transport.release(stream);
    }
    case Step::kSent: {
      Call& call = world_.calls[event.b];
      if (!call.answered) {  // nor given up
        rows_[call.pod].life == event.a ? pass_on(call, waiting_[call.index])
                                        : world_.transport.answer_call(call, {}, 0);
      }
      return world_.transport.release(call);
    }
    case Step::kOutOfMemory:  // if it still is: another's end may have closed some
      if (rows_[event.b].life == event.a && rows_[event.b].connections > most(event.b))
        kill(event.b);
      return;
    case Step::kBack:
      if (rows_[event.b].life == event.a) come_back(event.b);
      return;
  }
}

/// Connections that there is memory for.
std::int64_t SidecarCosts::most(std::uint32_t pod) const {
  return world_.model.pods[pod].sidecar_connections;
}

void SidecarCosts::on_connection(std::uint32_t pod, ConnectionSlot& slot) {
  slot.in_memory = true;
  add(pod);
  slot.in_peer_memory = slot.target.sidecar;
  if (slot.in_peer_memory) add(slot.target.pod);
}

void SidecarCosts::on_connection_end(std::uint32_t pod, ConnectionSlot& slot) {
  if (slot.in_memory) --rows_[pod].connections;
  if (slot.in_peer_memory) --rows_[slot.target.pod].connections;
  slot.in_memory = slot.in_peer_memory = false;
}

/// The kill is an event of its own: whoever made the connection is at work.
void SidecarCosts::add(std::uint32_t pod) {
  if (++rows_[pod].connections > most(pod))
    schedule(Step::kOutOfMemory, world_.engine.now(), pod, pod);
}

/// What waited for it is lost, and connections that lead to it are its own no more.
void SidecarCosts::begin_anew(std::uint32_t pod) {
  Row& row = rows_[pod];
  ++row.life;
  row.ends.assign(row.ends.size(), {});
  if (!weighs_) return;
  for (const auto& proxy : world_.proxies) {
    for (ConnectionSlot& slot : proxy->connections) {
      if (!slot.in_peer_memory || slot.target.pod != pod) continue;
      slot.in_peer_memory = false;
      --row.connections;
    }
  }
}

void SidecarCosts::lose(std::uint32_t pod) {
  if (rows_.empty()) return;
  begin_anew(pod);
  if (!world_.pods[pod].sidecar_up) come_back(pod);
}

void SidecarCosts::kill(std::uint32_t pod) {
  Row& row = rows_[pod];
  const Instant now = world_.engine.now();
  world_.collector.on_killed(pod,
                             fmt::format("{} need more memory than its sidecar may have",
                                         reports::counted(row.connections, "connection")),
                             now);
  world_.pods[pod].sidecar_up = false;
  world_.lifecycle.set_unready(pod, true);
  reset_calls(pod);
  world_.sidecars.close_connections_to_sidecar(pod);
  for (const std::uint32_t proxy : {world_.pods[pod].outbound, world_.pods[pod].inbound}) {
    if (proxy != kNone) world_.sidecars.restart(proxy);
  }
  begin_anew(pod);
  schedule(Step::kBack, now + row.restarts.next(now, row.back, kNoticed), pod, pod);
}

/// What its application had asked: each sees a reset, and what is sent meanwhile does too.
void SidecarCosts::reset_calls(std::uint32_t pod) {
  if (world_.pods[pod].outbound == kNone) return;
  for (std::uint32_t i = 0; i < world_.calls.capacity(); ++i) {
    Call& call = world_.calls[i];
    if (call.index == kNone || call.pod != pod || call.answered) continue;
    if (call.carrier == Carrier::kStream) {  // bytes that it passes on
      world_.transport.leave(world_.streams[call.request]);
    } else if (call.carrier == Carrier::kSidecar) {
      world_.transport.reset_at_sidecar(call);
    } else {
      continue;
    }
    world_.transport.answer_call(call, {}, 0);
  }
}

void SidecarCosts::come_back(std::uint32_t pod) {
  world_.pods[pod].sidecar_up = true;
  rows_[pod].back = world_.engine.now();
  world_.lifecycle.set_unready(pod, false);
  if (world_.pods[pod].pod_up) world_.health_checks.on_up(pod);
}

}  // namespace squall::sim
