#include "sim/sidecar_costs.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

// As a kubelet does it: the first restart once it has noticed, the next after 10 s, 20 s, ...
constexpr Duration kFirstRestart = 1s, kBackoff = 10s, kLongestBackoff = 5min, kForgotten = 10min;

}  // namespace

void SidecarCosts::start() {
  const scenarios::SidecarCost& cost = world_.model.scenario->mesh.sidecar;
  if (!cost.any()) return;
  weighs_ = cost.memory && cost.memory->connection > 0;
  if (weighs_) most_ = (cost.memory->limit - cost.memory->base) / cost.memory->connection;
  rows_.resize(world_.pods.size());
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    Pod& pod = world_.pods[i];
    const auto& own = world_.model.workloads[pod.workload].sidecar_workers;
    rows_[i].ends.resize(static_cast<std::size_t>(own.value_or(cost.workers)));
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

void SidecarCosts::send(Call& call, std::uint64_t random) {
  if (!world_.pods[call.pod].sidecar_up) return world_.transport.answer_call(call, {}, 0);
  const Instant at = served(rows_[call.pod]);
  if (at == world_.engine.now())
    return world_.transport.enter(call, world_.transport.site_of(call), random);
  randoms_[call.index] = random;
  ++call.references;
  schedule(Step::kSent, at, call.pod, call.index);
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
        rows_[call.pod].life == event.a
            ? world_.transport.enter(call, world_.transport.site_of(call), randoms_[call.index])
            : world_.transport.answer_call(call, {}, 0);
      }
      return world_.transport.release(call);
    }
    case Step::kOutOfMemory:  // if it still is: another's end may have closed some
      if (rows_[event.b].life == event.a && rows_[event.b].connections > most_) kill(event.b);
      return;
    case Step::kBack:
      if (rows_[event.b].life == event.a) come_back(event.b);
      return;
  }
}

void SidecarCosts::on_connection(std::uint32_t pod, ConnectionSlot& slot) {
  slot.weighs = true;
  add(pod);
  slot.weighs_there = slot.target.sidecar;
  if (slot.weighs_there) add(slot.target.pod);
}

void SidecarCosts::on_connection_end(std::uint32_t pod, ConnectionSlot& slot) {
  if (slot.weighs) --rows_[pod].connections;
  if (slot.weighs_there) --rows_[slot.target.pod].connections;
  slot.weighs = slot.weighs_there = false;
}

/// The kill is an event of its own: whoever made the connection is at work.
void SidecarCosts::add(std::uint32_t pod) {
  if (++rows_[pod].connections > most_) schedule(Step::kOutOfMemory, world_.engine.now(), pod, pod);
}

/// What waited for it is lost, and connections that lead to it are its own no more.
void SidecarCosts::begin_anew(std::uint32_t pod) {
  Row& row = rows_[pod];
  ++row.life;
  row.ends.assign(row.ends.size(), {});
  if (!weighs_) return;
  for (const auto& proxy : world_.proxies) {
    for (ConnectionSlot& slot : proxy->connections) {
      if (!slot.weighs_there || slot.target.pod != pod) continue;
      slot.weighs_there = false;
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
  if (now - row.back >= kForgotten) row.kills = 0;
  Duration wait = kFirstRestart;
  for (std::uint32_t i = 0; i < row.kills && wait < kLongestBackoff; ++i)
    wait = wait < kBackoff ? kBackoff : std::min(2 * wait, kLongestBackoff);
  ++row.kills;
  schedule(Step::kBack, now + wait, pod, pod);
}

/// What its application had asked: each sees a reset, and what is sent meanwhile does too.
void SidecarCosts::reset_calls(std::uint32_t pod) {
  const std::uint32_t outbound = world_.pods[pod].outbound;
  if (outbound == kNone) return;
  for (std::uint32_t i = 0; i < world_.calls.capacity(); ++i) {
    Call& call = world_.calls[i];
    if (call.index == kNone || call.pod != pod || call.answered) continue;
    if (call.carrier == Carrier::kStream) {  // bytes that it passes on
      world_.transport.leave(world_.streams[call.request]);
    } else if (call.carrier == Carrier::kSidecar) {
      Proxy& proxy = *world_.proxies[outbound];
      proxy.delivered = {};
      proxy.worker.on_client_reset(proxy.worker.request_id(call.request), world_.engine.now());
      world_.sidecars.pump(outbound);
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
}

}  // namespace squall::sim
