// What FetchAhead fetches of each kind of event, and in which step.
#include "sim/fetch_ahead.h"

#include <algorithm>
#include <bit>

namespace squall::sim {

int FetchAhead::steps_for(const Model& model) {
  constexpr std::size_t kNearPods = 512;
  if (model.pods.size() <= kNearPods) return 0;
  const bool sidecars =
      std::ranges::any_of(model.pods, [](const PodModel& pod) { return pod.inbound != kNone; });
  return sidecars ? 7 : 4;
}

void FetchAhead::event(const Event& event, int step) const {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kWork:
      return work(event.a, event.b, step);
    case EventKind::kArrive:
      return arrival(event.b, step);
    default:
      return;
  }
}

void FetchAhead::answer(const Stream& stream) const {
  neighbours(stream);
  if (stream.caller == kNone) return;
  const Stream& next = streams[stream.caller];
  details(next);
  if (next.caller == kNone) return;
  const Stream& second = streams[next.caller];
  records(second);
  this->stream(second.caller);
}

/// Work of a stream on a pod will end before long: its answer, which a sidecar passes on, and who
/// waits for its core.
void FetchAhead::work(std::uint32_t pod, std::uint32_t stream, int step) const {
  const Station& station = pods[pod].station;
  if (stream >= streams.capacity() || station.shares()) return;  // whose events name nobody
  const Stream& at = streams[stream];
  switch (step) {
    case 0:
      prefetch_lines<Pod::kVisited>(&pods[pod]);
      return this->stream(stream);
    case 1:
      station.fetch_next();
      records(at);
      return this->stream(at.caller);
    case 2:
      this->stream(station.next());
      details(at);
      return this->stream(bringer_of(at));
    case 3:
      if (const std::uint32_t next = station.next(); next < streams.capacity())
        slot<1>(calls, streams[next].call);
      neighbours(at);
      if (const Stream* const outer = outer_of(at)) records(*outer);
      return;
    case 4:
      if (const Stream* const outer = outer_of(at)) details(*outer);
      return;
    case 5:
      if (const Stream* const outer = outer_of(at)) neighbours(*outer);
      return;
    default:
      return;
  }
}

/// A stream comes to its server.
void FetchAhead::arrival(std::uint32_t stream, int step) const {
  if (step == 0) return this->stream(stream);
  const Stream& at = streams[stream];
  if (at.pod == kNone) return;
  const Pod& pod = pods[at.pod];
  if (step == 1) {
    slot<1>(calls, at.call);
    return prefetch_lines<Pod::kVisited>(&pod);
  }
  if (!at.at_sidecar || pod.inbound == kNone) return;
  const Proxy& proxy = *proxies[pod.inbound];
  if (step == 2) return prefetch_lines<8>(&proxy);
  const std::uint32_t listener = proxy.rules.listener_of(at.port);
  proxy.worker.fetch_request(listener, at.head + 1, step - 3);
}

/// The stream that brought a sidecar the request that this one carries on.
std::uint32_t FetchAhead::bringer_of(const Stream& stream) const {
  const policies::Attempt* const attempt = attempt_of(stream);
  if (attempt == nullptr || !proxies[stream.proxy]->serves) return kNone;
  return proxies[stream.proxy]->worker.request(attempt->request).tag;
}

const Stream* FetchAhead::outer_of(const Stream& stream) const {
  const std::uint32_t outer = bringer_of(stream);
  return outer < streams.capacity() ? &streams[outer] : nullptr;
}

void FetchAhead::stream(std::uint32_t index) const { slot<2>(streams, index); }

const policies::Worker* FetchAhead::worker_of(const Stream& stream) const {
  return stream.proxy != kNone ? &proxies[stream.proxy]->worker : nullptr;
}

/// What a stream names.
void FetchAhead::records(const Stream& stream) const {
  slot<1>(calls, stream.call);
  if (stream.pod != kNone) prefetch_lines<Pod::kVisited>(&pods[stream.pod]);
  const policies::Worker* const worker = worker_of(stream);
  if (worker == nullptr) return;
  slot<1>(worker->attempts(), stream.attempt);
  slot<3>(worker->requests(), stream.asked);  // the third for who gets the slot next
}

/// What they name, while the attempt is under way.
void FetchAhead::details(const Stream& stream) const {
  const policies::Attempt* const attempt = attempt_of(stream);
  if (attempt == nullptr) return;
  const Proxy& proxy = *proxies[stream.proxy];
  const policies::Request& request = proxy.worker.request(attempt->request);
  prefetch(&proxy.worker.connection(attempt->connection));
  prefetch(&host_of(proxy, request, *attempt));
  proxy.control.fetch_host(request.cluster, attempt->host);
  engine.fetch(timer_of(request));
}

/// What those are linked with: other timers, and the connection that was made ready last.
void FetchAhead::neighbours(const Stream& stream) const {
  const policies::Attempt* const attempt = attempt_of(stream);
  if (attempt == nullptr) return;
  const Proxy& proxy = *proxies[stream.proxy];
  const policies::Request& request = proxy.worker.request(attempt->request);
  slot<1>(proxy.worker.connections(), host_of(proxy, request, *attempt).pool.ready_head);
  engine.fetch_neighbours(timer_of(request));
}

const policies::Attempt* FetchAhead::attempt_of(const Stream& stream) const {
  const policies::Worker* const worker = worker_of(stream);
  if (worker == nullptr || stream.attempt >= worker->attempts().capacity()) return nullptr;
  const policies::Attempt& attempt = worker->attempt(stream.attempt);
  return attempt.index != kNone && attempt.connection != kNone ? &attempt : nullptr;
}

const policies::Host& FetchAhead::host_of(const Proxy& proxy, const policies::Request& request,
                                          const policies::Attempt& attempt) {
  const policies::ClusterState& cluster = *proxy.worker.cluster(request.cluster);
  return cluster.hosts[attempt.host - cluster.first_host];
}

TimerHandle FetchAhead::timer_of(const policies::Request& request) {
  return std::bit_cast<TimerHandle>(request.timer);
}

}  // namespace squall::sim
