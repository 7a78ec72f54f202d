// Calls, the streams that carry them, and the engine's events.
#include "sim/world.h"
#include "policies/exchange.h"
#include "policies/grpc.h"
#include "sim/fetch_ahead.h"

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

World::World(const Model& model, std::uint64_t seed, Collector& collector,
             decisions::LogWriter* decisions)
    : model_(model),
      seed_(seed),
      heads_(model.heads),
      collector_(collector),
      decisions_(decisions) {
  pods_.reserve(model_.pods.size());
  for (std::uint32_t i = 0; i < model_.pods.size(); ++i) {
    const WorkloadModel& workload = model_.workloads[model_.pods[i].workload];
    StationShape shape;
    if (workload.concurrency) shape.concurrency = static_cast<std::uint32_t>(*workload.concurrency);
    if (workload.cpu) {
      shape.cores = static_cast<std::uint32_t>(workload.cpu->cores);
      shape.processor_sharing = workload.cpu->sharing == scenarios::Cpu::Sharing::kProcessor;
    }
    if (workload.queue.limit) {
      shape.queue_limit =
          static_cast<std::uint32_t>(std::min<std::int64_t>(*workload.queue.limit, kNone - 1));
    }
    shape.order = workload.queue.order;
    pods_.emplace_back(shape, model_.pods[i], i);
    pods_.back().skips_cancelled = workload.skips_cancelled;
    if (workload.behaviours == 1) pods_.back().behaviour = workload.first_behaviour;
  }
  for (std::uint32_t i = 0; i < model_.proxies.size(); ++i) proxies_.push_back(make_proxy(i));
  behaviour_memo_.resize(model_.workloads.size());
  start_loads();
  start_faults();
}

std::unique_ptr<Proxy> World::make_proxy(std::uint32_t index) const {
  const ProxyModel& proxy = model_.proxies[index];
  const std::uint64_t random =
      mix(seed_, Purpose::kBalancerSeed, model_.pods[proxy.pod].name, proxy.inbound ? 1 : 0);
  return std::make_unique<Proxy>(
      model_.configurations[proxy.configuration], proxy, random, engine_.now(),
      decisions::Recording{.log = decisions_, .machine = index, .bootstrap = proxy.configuration});
}

void World::soon(const Event& event, int step) const {
  if (event.kind != static_cast<std::uint8_t>(EventKind::kWork)) return;
  FetchAhead{engine_, pods_, proxies_, calls_, streams_}.work(event.a, event.b, step);
}

Engine::Stop World::run(Instant until, std::uint64_t most) {
  return engine_.run(*this, until, most);
}

void World::on_event(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kArrive:
      return on_arrive(streams_[event.b]);
    case EventKind::kReply:
      return on_reply(streams_[event.b]);
    case EventKind::kClientLeft:
      return on_client_left(streams_[event.b]);
    case EventKind::kCallDone:
      return on_call_done(calls_[event.b]);
    case EventKind::kConnected:
    case EventKind::kRefused:
    case EventKind::kConnectionClosed:
      return on_connection(event);
    case EventKind::kWork:
      return on_work(event);
    case EventKind::kTimer:
      return on_timer(event);
    case EventKind::kLoad:
      return on_load(event.b);
    case EventKind::kUser:
      return on_user(event.a, event.b);
    case EventKind::kFaultStart:
      return on_fault_start(event.b);
    case EventKind::kFaultEnd:
      return on_fault_end(event.b);
    case EventKind::kRestart:
      return on_restart(event.b, event.a);
    case EventKind::kQueueTimeout:
      return on_queue_timeout(event.b);
  }
}

void World::on_turn_end(std::uint32_t index) {
  Proxy& proxy = *proxies_[index];
  if (proxy.worker.wants_turn_end()) proxy.worker.on_turn_end(engine_.now());
  if (proxy.control.wants_turn_end()) proxy.control.on_turn_end(engine_.now());
  pump(index);
}

/// A stream whose head is on its way to the server: referred to by client, server and that event.
Stream& World::open_stream(Call& call, std::uint32_t pod, bool at_sidecar) {
  Stream& stream = streams_.take();
  stream.call = call.index;
  if (call.load == kNone) stream.caller = call.asker;
  stream.pod = pod;
  stream.at_sidecar = at_sidecar;
  stream.references = 3;
  ++call.references;
  return stream;
}

void World::forget(Stream& stream) {
  release(calls_[stream.call]);
  streams_.give_back(stream);
}

void World::on_arrive(Stream& stream) {
  if (!stream.server_open) {
    release(stream);
    return;
  }
  if (!stream.at_sidecar) {
    start_task(stream);
    release(stream);
    return;
  }
  const std::uint32_t index = pods_[stream.pod].inbound;
  Proxy& proxy = *proxies_[index];
  const std::uint32_t listener = proxy.rules.listener_of(stream.port);
  if (listener == kNone) [[unlikely]] {  // no HTTP to it: bytes that it passes on
    stream.at_sidecar = false;
    return on_arrive(stream);
  }
  const ReceivedHead head = heads_.receive(proxy.rules.receives[listener], stream.head);
  if (head.reception != policies::Reception::kTaken) [[unlikely]] {
    reply(stream, refusal(head.reception, heads_.view(stream.head)));
    return release(stream);
  }
  const policies::RequestId id = proxy.worker.on_request(
      listener, heads_.view(head.head), mix(stream.random, stream.number), true, engine_.now());
  proxy.worker.request(id.index).tag = stream.index;
  stream.request = id.index;
  stream.request_generation = id.generation;
  release(stream);
  pump(index);
}

/// The server has answered: the answer is on its way and the server is done with the stream.
void World::reply(Stream& stream, Answer answer) {
  if (!stream.server_open) return;
  stream.server_open = false;
  stream.answer = answer;
  post(EventKind::kReply, stream.index);  // takes over the server's reference
}

void World::on_reply(Stream& stream) {
  FetchAhead{engine_, pods_, proxies_, calls_, streams_}.answer(stream);
  if (stream.client_open) {
    stream.client_open = false;
    if (stream.proxy == kNone) {
      answer_call(calls_[stream.call], stream.answer, 0);
    } else {
      respond(stream);
    }
    release(stream);  // the client's
  }
  release(stream);
}

/// The answer comes to the proxy that is the client.
void World::respond(Stream& stream) {
  const std::uint32_t index = stream.proxy;
  Proxy& proxy = *proxies_[index];
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
                             engine_.now());
  } else {
    proxy.worker.on_response(id, {.status = stream.answer.status, .headers = {}}, true,
                             engine_.now());
  }
  pump(index);
}

/// The client gives the stream up; the server learns it.
void World::leave(Stream& stream) {
  if (!stream.client_open) return;
  stream.client_open = false;
  if (stream.server_open) {
    ++stream.references;
    post(EventKind::kClientLeft, stream.index);
  }
  release(stream);
}

void World::on_client_left(Stream& stream) {
  if (stream.server_open && !stream.at_sidecar && !stream.has_task) {
    stream.server_open = false;  // a full queue has dropped it: nobody will answer
    release(stream);
  }
  if (stream.server_open && stream.at_sidecar) {
    const std::uint32_t index = pods_[stream.pod].inbound;
    stream.server_open = false;
    proxies_[index]->worker.request(stream.request).tag = kNone;
    proxies_[index]->worker.on_client_reset({stream.request, stream.request_generation},
                                            engine_.now());
    release(stream);
    pump(index);
  }
  release(stream);  // an application works on: nobody told it
}

Call& World::take_call() {
  if (calls_.live() >= most_under_way_) [[unlikely]]
    engine_.stop();
  return calls_.take();
}

void World::make_call(Call& call, const CallSite& site, std::uint32_t pod, std::uint64_t random) {
  call.begun = engine_.now();
  call.pod = pod;
  const std::uint32_t index = pod == kNone ? kNone : pods_[pod].outbound;
  if (index == kNone) return call_without_proxy(call, site, random);
  Proxy& proxy = *proxies_[index];
  const std::uint32_t listener =
      site.listener != kNone ? site.listener : proxy.rules.listener_of(site.port);
  if (listener == kNone) [[unlikely]]  // no HTTP to it: bytes that it passes on
    return call_without_proxy(call, site, random);
  const ReceivedHead received = heads_.receive(proxy.rules.receives[listener], site.head);
  if (received.reception != policies::Reception::kTaken) [[unlikely]]
    return turn_down(call, site, received.reception);
  policies::RequestHead own;
  const policies::RequestHead* head = &heads_.view(received.head);
  if (proxy.rules.hashes_clients) [[unlikely]] {
    own = *head;
    own.peer = model_.pods[pod].address;
    head = &own;
  }
  const policies::RequestId id =
      proxy.worker.on_request(listener, *head, random, true, engine_.now());
  call.request = id.index;
  proxy.worker.request(id.index).tag = call.index;
  pump(index);
}

/// No route is looked for, so the caller's sidecar has no request.
void World::turn_down(Call& call, const CallSite& site, policies::Reception why) {
  const Answer answer = refusal(why, heads_.view(site.head));
  call.edge = site.unrouted_edge;
  if (call.edge != kNone) {
    policies::Request request;
    request.received = engine_.now();
    collector_.on_edge_request(call.edge, request, answer, 0, engine_.now());
  }
  answer_call(call, answer, 0);
}

/// From outside the mesh, from a pod without a sidecar, or to a port that is not HTTP: a random
/// ready pod of the service.
void World::call_without_proxy(Call& call, const CallSite& site, std::uint64_t random) {
  const ServiceModel& service = model_.services[site.service];
  std::uint32_t ready = 0;
  for (const ServiceModel::Endpoint& endpoint : service.endpoints) {
    if (endpoint.port == site.port && pods_[endpoint.pod].pod_up &&
        pods_[endpoint.pod].application_up)
      ++ready;
  }
  call.attempts = 1;
  if (ready == 0) {
    answer_call(call, {}, 0);
    return;
  }
  std::uint64_t chosen = mix(random, Purpose::kReplica, 1) % ready;
  for (const ServiceModel::Endpoint& endpoint : service.endpoints) {
    if (endpoint.port != site.port || !pods_[endpoint.pod].pod_up ||
        !pods_[endpoint.pod].application_up)
      continue;
    if (chosen-- > 0) continue;
    collector_.on_attempt(endpoint.pod, engine_.now());
    const PodModel& pod = model_.pods[endpoint.pod];
    if (endpoint.misfit != kNone) {
      collector_.on_misfit(endpoint.misfit);
      answer_call(call, {}, static_cast<std::uint64_t>(policies::ResponseFlag::kUC));
      return;
    }
    Stream& stream = open_stream(call, endpoint.pod, pod.inbound != kNone);
    stream.random = random;
    stream.head = site.head;
    stream.port = endpoint.target_port;
    post(EventKind::kArrive, stream.index);
    return;
  }
}

void World::answer_call(Call& call, Answer answer, std::uint64_t flags) {
  if (call.answered) return;
  call.answered = true;
  call.answer = answer;
  call.flags = flags;
  post(EventKind::kCallDone, call.index);
}

void World::on_call_done(Call& call) {
  call.pod = kNone;
  if (call.mirrored) {
    // Nobody asked for it.
  } else if (call.load != kNone) {
    --waiting_;
    collector_.on_load_request(call, engine_.now());
    if (call.asker != kNone) think(call.load, call.asker);
  } else if (Stream* asker = streams_.find({call.asker, call.asker_generation});
             asker != nullptr && asker->has_task) {
    on_task_call_done(*asker, call);
  }
  release(call);
}

}  // namespace squall::sim
