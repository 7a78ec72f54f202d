#include <algorithm>

#include "policies/exchange.h"
#include "policies/grpc.h"
#include "sim/fetch_ahead.h"
#include "sim/world.h"

namespace squall::sim {

using policies::TimerKind;

namespace {

/// A sidecar's answer to a path that its listener does not take.
Answer refusal(policies::Reception why, const policies::RequestHead& head) {
  Answer answer{.status = policies::refusal_of(why).status};
  if (!policies::is_grpc(head)) return answer;
  answer.grpc = true;
  answer.grpc_status = static_cast<std::uint8_t>(policies::http_to_grpc(answer.status));
  answer.status = 200;
  return answer;
}

}  // namespace

Stream& Transport::open_stream(Call& call, std::uint32_t pod, bool at_sidecar) {
  Stream& stream = world_.streams.take();
  stream.call = call.index;
  if (call.load == kNone && !call.of_start) {
    stream.of_probe = call.of_probe;
    if (!call.of_probe) stream.caller = call.asker;
  }
  stream.pod = pod;
  stream.at_sidecar = at_sidecar;
  stream.references = 3;
  ++call.references;
  return stream;
}

void Transport::release(Stream& stream) {
  if (--stream.references == 0) forget(stream);
}

void Transport::release(Call& call) {
  if (--call.references > 0) return;
  if (call.of_client) [[unlikely]]
    world_.clients.on_try_over(call);
  world_.calls.give_back(call);
}

void Transport::post(EventKind kind, std::uint32_t b) {
  world_.engine.post({.kind = static_cast<std::uint8_t>(kind), .b = b});
}

void Transport::send(EventKind kind, Stream& stream) {
  if (world_.network.takes_time() && !stream.on_node) [[unlikely]]
    return world_.network.carry(kind, stream);
  post(kind, stream.index);
}

const CallSite& Transport::site_of(const Call& call) const {
  return call.load != kNone ? world_.model.load_operations[call.model].site
                            : world_.model.calls[call.model].site;
}

std::uint32_t Transport::head_of(const Call& call, const CallSite& site) const {
  if (!world_.model.carries) [[likely]]
    return site.head;
  const std::uint32_t own = world_.carried[call.index].head;
  return own != kNone ? own : site.head;
}

void Transport::forget(Stream& stream) {
  release(world_.calls[stream.call]);
  world_.streams.give_back(stream);
}

/// False: the server has crashed meanwhile, or the client has closed the connection before what was
/// lost was sent again.
bool Transport::is_there(const Stream& stream) const {
  if (stream.sent_again && !stream.client_open) return false;
  return world_.listens(stream.pod, stream.at_sidecar);
}

void Transport::on_arrive(Stream& stream) {
  if (!stream.server_open) {
    release(stream);
    return;
  }
  if (world_.network.takes_time() && !is_there(stream)) [[unlikely]] {
    lose_stream(stream);
    return release(stream);
  }
  if (!stream.at_sidecar) {
    world_.applications.start(stream);
    release(stream);
    return;
  }
  if (world_.pods[stream.pod].sidecar_costs) [[unlikely]]
    return world_.sidecar_costs.receive(stream);
  enter(stream);
}

void Transport::enter(Stream& stream) {
  const std::uint32_t index = world_.pods[stream.pod].inbound;
  Proxy& proxy = *world_.proxies[index];
  const std::uint32_t listener = proxy.rules.listener_of(stream.port);
  if (listener == kNone) [[unlikely]] {  // no HTTP to it: bytes that it passes on
    stream.at_sidecar = false;
    return on_arrive(stream);
  }
  const ReceivedHead head = world_.heads.receive(proxy.rules.receives[listener], stream.head);
  if (head.reception != policies::Reception::kTaken) [[unlikely]] {
    reply(stream, refusal(head.reception, world_.heads.view(stream.head)));
    return release(stream);
  }
  const policies::RequestId id =
      proxy.worker.on_request(listener, world_.heads.view(head.head),
                              mix(stream.random, stream.number), true, world_.engine.now());
  proxy.worker.request(id.index).tag = stream.index;
  stream.request = id.index;
  stream.request_generation = id.generation;
  release(stream);
  world_.sidecars.pump(index);
}

void Transport::reply(Stream& stream, Answer answer) {
  if (!stream.server_open) return;
  stream.server_open = false;
  stream.answer = answer;
  send(EventKind::kReply, stream);  // takes over the server's reference
}

void Transport::on_reply(Stream& stream) {
  if (world_.steps_ahead > 0) {
    FetchAhead{world_.engine, world_.pods, world_.proxies, world_.calls, world_.streams}.answer(
        stream);
  }
  if (stream.client_open) {
    if (world_.trace != nullptr) [[unlikely]]
      world_.trace->on_answer(stream, world_.engine.now());
    stream.client_open = false;
    if (stream.proxy == kNone) {
      answer_call(world_.calls[stream.call], stream.answer, 0);
    } else {
      respond(stream);
    }
    release(stream);  // the client's
  }
  release(stream);
}

/// The answer comes to the proxy that is the client.
void Transport::respond(Stream& stream) {
  const std::uint32_t index = stream.proxy;
  Proxy& proxy = *world_.proxies[index];
  const policies::Attempt& attempt = proxy.worker.attempt(stream.attempt);
  attempt.tag = kNone;
  proxy.arriving = stream.answer;
  const policies::AttemptId id{attempt.index, attempt.generation};
  if (stream.answer.grpc && !stream.answer.in_trailers) [[unlikely]] {
    const int n = stream.answer.grpc_status;
    const char digits[2] = {static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
    const policies::HeaderField grpc{
        "grpc-status", n < 10 ? std::string_view(digits + 1, 1) : std::string_view(digits, 2)};
    proxy.worker.on_response(id, {.status = stream.answer.status, .headers = {&grpc, 1}}, true,
                             world_.engine.now());
  } else {
    proxy.worker.on_response(id, {.status = stream.answer.status, .headers = {}}, true,
                             world_.engine.now());
  }
  world_.sidecars.pump(index);
}

void Transport::leave(Stream& stream) {
  if (!stream.client_open) return;
  if (world_.trace != nullptr) [[unlikely]]
    world_.trace->on_left(stream, world_.engine.now());
  stream.client_open = false;
  if (stream.server_open) {
    ++stream.references;
    send(EventKind::kClientLeft, stream);
  }
  release(stream);
}

void Transport::on_client_left(Stream& stream) {
  if (stream.server_open && !stream.at_sidecar && !stream.has_task) {
    stream.server_open = false;  // a full queue has dropped it: nobody will answer
    release(stream);
  }
  if (stream.server_open && stream.at_sidecar && stream.request == kNone) [[unlikely]] {
    stream.server_open = false;  // what was lost on its way has been overtaken
    release(stream);
  }
  if (stream.server_open && stream.has_task && world_.pods[stream.pod].watched) [[unlikely]]
    world_.applications.on_client_left(stream);
  if (stream.server_open && stream.at_sidecar) {
    const std::uint32_t index = world_.pods[stream.pod].inbound;
    stream.server_open = false;
    world_.proxies[index]->worker.request(stream.request).tag = kNone;
    world_.proxies[index]->worker.on_client_reset({stream.request, stream.request_generation},
                                                  world_.engine.now());
    release(stream);
    world_.sidecars.pump(index);
  }
  release(stream);  // an application that does not watch works on
}

Call& Transport::take_call() {
  if (world_.calls.live() >= world_.most_under_way) [[unlikely]]
    world_.engine.stop();
  Call& call = world_.calls.take();
  if (world_.model.carries) [[unlikely]]
    world_.carried[call.index] = {};
  return call;
}

void Transport::make_call(Call& call, const CallSite& site, std::uint32_t pod,
                          std::uint64_t random) {
  if (site.client == kNone) [[likely]]
    return send_call(call, site, pod, random);
  world_.clients.begin(call, site, pod, random);
}

void Transport::send_call(Call& call, const CallSite& site, std::uint32_t pod,
                          std::uint64_t random) {
  call.begun = world_.engine.now();
  call.pod = pod;
  const std::uint32_t index = pod == kNone ? kNone : world_.pods[pod].outbound;
  if (index == kNone) return call_without_proxy(call, site, random);
  if (world_.pods[pod].sidecar_costs) [[unlikely]]
    return world_.sidecar_costs.send(call, random);
  enter(call, site, random);
}

void Transport::enter(Call& call, const CallSite& site, std::uint64_t random) {
  const std::uint32_t pod = call.pod, index = world_.pods[pod].outbound;
  Proxy& proxy = *world_.proxies[index];
  const std::uint32_t listener =
      site.listener != kNone ? site.listener : proxy.rules.listener_of(site.port);
  if (listener == kNone) [[unlikely]]  // no HTTP to it: bytes that it passes on
    return call_without_proxy(call, site, random);
  const ReceivedHead received =
      world_.heads.receive(proxy.rules.receives[listener], head_of(call, site));
  if (received.reception != policies::Reception::kTaken) [[unlikely]]
    return turn_down(call, site, received.reception);
  policies::RequestHead own;
  const policies::RequestHead* head = &world_.heads.view(received.head);
  if (proxy.rules.hashes_clients) [[unlikely]] {
    own = *head;
    own.peer = world_.model.pods[pod].address;
    head = &own;
  }
  const policies::RequestId id =
      proxy.worker.on_request(listener, *head, random, true, world_.engine.now());
  call.carrier = Carrier::kSidecar;
  call.request = id.index;
  proxy.worker.request(id.index).tag = call.index;
  world_.sidecars.pump(index);
}

/// No route is looked for, so the caller's sidecar has no request.
void Transport::turn_down(Call& call, const CallSite& site, policies::Reception why) {
  const Answer answer = refusal(why, world_.heads.view(site.head));
  call.edge = site.unrouted_edge;
  if (call.edge != kNone) {
    policies::Request request;
    request.received = world_.engine.now();
    world_.collector.on_edge_request(call.edge, request, answer, 0, world_.engine.now());
  }
  answer_call(call, answer, 0);
}

std::uint32_t Transport::random_ready(const CallSite& site, std::uint64_t random) const {
  const auto ready = world_.ready_endpoints.of(site.service, site.port);
  return ready.empty() ? kNone : ready[mix(random, Purpose::kReplica, 1) % ready.size()];
}

/// From outside the mesh, from a pod without a sidecar, by a ztunnel, or to a port that is not
/// HTTP: a random ready pod of the service.
void Transport::call_without_proxy(Call& call, const CallSite& site, std::uint64_t random) {
  if (site.waypoint != kNone) [[unlikely]]
    return send_to_waypoint(call, site, random);
  send_directly(call, site, random_ready(site, random), random);
}

void Transport::send_directly(Call& call, const CallSite& site, std::uint32_t index,
                              std::uint64_t random) {
  if (index != kNone)
    return send_to(call, site, world_.model.services[site.service].endpoints[index], random);
  call.attempts = 1;
  answer_call(call, {}, 0);
}

void Transport::send_to(Call& call, const CallSite& site, const ServiceModel::Endpoint& endpoint,
                        std::uint64_t random) {
  call.attempts = 1;
  world_.collector.on_attempt(endpoint.pod, world_.engine.now());
  if (world_.trace != nullptr) [[unlikely]]
    world_.trace->on_attempt(call, 1, endpoint.pod, world_.engine.now());
  const bool in_mesh = call.pod != kNone && world_.model.pods[call.pod].ambient;
  if (endpoint.misfit != kNone && !in_mesh) {
    world_.collector.on_misfit(endpoint.misfit);
    answer_call(call, {}, static_cast<std::uint64_t>(policies::ResponseFlag::kUC));
    return;
  }
  carry(call, site, endpoint, random);
}

void Transport::carry(Call& call, const CallSite& site, const ServiceModel::Endpoint& endpoint,
                      std::uint64_t random) {
  const PodModel& pod = world_.model.pods[endpoint.pod];
  Stream& stream = open_stream(call, endpoint.pod, pod.inbound != kNone);
  call.carrier = Carrier::kStream;
  call.request = stream.index;
  stream.random = random;
  stream.head = head_of(call, site);
  stream.port = endpoint.target_port;
  send(EventKind::kArrive, stream);
}

void Transport::answer_call(Call& call, Answer answer, std::uint64_t flags) {
  if (call.answered) return;
  call.answered = true;
  call.answer = answer;
  call.flags = flags;
  post(EventKind::kCallDone, call.index);
}

void Transport::on_call_done(Call& call) {
  call.pod = kNone;
  if (call.mirrored) {
    // Nobody asked for it.
  } else if (call.of_client) [[unlikely]] {
    world_.clients.on_try_done(call);
  } else if (call.load != kNone) {
    world_.loads.on_call_done(call);
  } else if (call.of_start) {
    world_.lifecycle.on_call_done(call);
  } else if (call.of_probe) {
    call.of_check ? world_.health_checks.on_call_done(call) : world_.probes.on_call_done(call);
  } else if (Stream* asker = world_.streams.find({call.asker, call.asker_generation});
             asker != nullptr && asker->has_task) {
    world_.applications.on_call_done(*asker, call);
  }
  release(call);
}

void Transport::give_up(Call& call) {
  if (call.answered) return;
  call.answered = true;
  if (call.carrier == Carrier::kSidecar) {
    reset_at_sidecar(call);
  } else if (call.carrier == Carrier::kStream) {
    leave(world_.streams[call.request]);
  } else if (call.carrier == Carrier::kClient) {
    world_.clients.give_up(call);
  }
  call.pod = kNone;
  release(call);
}

void Transport::reset_at_sidecar(const Call& call) {
  const std::uint32_t index = world_.pods[call.pod].outbound;
  Proxy& proxy = *world_.proxies[index];
  proxy.delivered = {};
  proxy.worker.on_client_reset(proxy.worker.request_id(call.request), world_.engine.now());
  world_.sidecars.pump(index);
}

void Transport::lose_stream(Stream& stream) {
  stream.server_open = false;
  const bool hears = stream.proxy == kNone && !world_.network.is_silent(stream.pod);
  if (hears && stream.client_open) {
    stream.client_open = false;
    answer_call(world_.calls[stream.call], {}, 0);
    release(stream);
  }
  release(stream);
}

void Transport::reset_hanging(std::uint32_t pod) {
  for (std::uint32_t i = 0; i < world_.streams.capacity(); ++i) {
    Stream& stream = world_.streams[i];
    const bool hangs = stream.index != kNone && stream.pod == pod && stream.proxy == kNone &&
                       stream.client_open && !stream.server_open && stream.answer.status == 0;
    if (!hangs) continue;
    stream.client_open = false;
    answer_call(world_.calls[stream.call], {}, 0);
    release(stream);
  }
}

}  // namespace squall::sim
