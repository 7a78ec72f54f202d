// FetchAhead: what a run will soon look at is brought into the caches before it does.
//
// With tens of thousands of requests under way their records lie far away, and a hop waits for one
// after the other: what is behind an index cannot be asked for before the record that holds it has
// come. So records are fetched in steps, each a little while before the next one that needs it.
// These are hints: they change nothing that a run does. What has ended in a crash may still be
// named: an index is checked against its slab before it is followed, and an attempt that is alive
// and has a connection names a request, a host and a cluster that exist. Cost: some ten
// instructions a record.
#pragma once
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/prefetch.h"
#include "sim/engine.h"
#include "sim/pod.h"
#include "sim/proxy.h"
#include "sim/records.h"

namespace squall::sim {

struct FetchAhead {
  const Engine& engine;
  const std::vector<Pod>& pods;
  const std::vector<std::unique_ptr<Proxy>>& proxies;
  const Slab<Call>& calls;
  const Slab<Stream>& streams;

  /// Work of a stream on a pod will end before long: its answer, and who waits for its core.
  void work(std::uint32_t pod, std::uint32_t stream, int step) const {
    const Station& station = pods[pod].station;
    if (stream >= streams.capacity() || station.shares()) return;  // whose events name nobody
    switch (step) {
      case 0:
        prefetch_lines<Pod::kVisited>(&pods[pod]);
        return this->stream(stream);
      case 1:
        station.fetch_next();
        records(streams[stream]);
        return this->stream(streams[stream].caller);
      case 2:
        this->stream(station.next());
        return details(streams[stream]);
      default:
        if (const std::uint32_t next = station.next(); next < streams.capacity())
          slot<1>(calls, streams[next].call);
    }
  }

  /// An answer has come, and will often go on up the chain of callers within its instant.
  void answer(const Stream& stream) const {
    neighbours(stream);
    if (stream.caller == kNone) return;
    const Stream& next = streams[stream.caller];
    details(next);
    if (next.caller == kNone) return;
    const Stream& second = streams[next.caller];
    records(second);
    this->stream(second.caller);
  }

 private:
  template <std::size_t Lines, class T>
  static void slot(const Slab<T>& slab, std::uint32_t index) {
    if (index < slab.capacity()) prefetch_lines<Lines>(&slab[index]);
  }
  void stream(std::uint32_t index) const { slot<2>(streams, index); }
  const policies::Worker* worker_of(const Stream& stream) const {
    return stream.proxy != kNone ? &proxies[stream.proxy]->worker : nullptr;
  }
  /// What a stream names.
  void records(const Stream& stream) const {
    slot<1>(calls, stream.call);
    if (stream.pod != kNone) prefetch_lines<Pod::kVisited>(&pods[stream.pod]);
    const policies::Worker* const worker = worker_of(stream);
    if (worker == nullptr) return;
    slot<1>(worker->attempts(), stream.attempt);
    slot<3>(worker->requests(), stream.asked);  // the third for who gets the slot next
  }
  /// What they name, while the attempt is under way.
  void details(const Stream& stream) const {
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
  void neighbours(const Stream& stream) const {
    const policies::Attempt* const attempt = attempt_of(stream);
    if (attempt == nullptr) return;
    const Proxy& proxy = *proxies[stream.proxy];
    const policies::Request& request = proxy.worker.request(attempt->request);
    slot<1>(proxy.worker.connections(), host_of(proxy, request, *attempt).pool.ready_head);
    engine.fetch_neighbours(timer_of(request));
  }
  const policies::Attempt* attempt_of(const Stream& stream) const {
    const policies::Worker* const worker = worker_of(stream);
    if (worker == nullptr || stream.attempt >= worker->attempts().capacity()) return nullptr;
    const policies::Attempt& attempt = worker->attempt(stream.attempt);
    return attempt.index != kNone && attempt.connection != kNone ? &attempt : nullptr;
  }
  static const policies::Host& host_of(const Proxy& proxy, const policies::Request& request,
                                       const policies::Attempt& attempt) {
    const policies::ClusterState& cluster = *proxy.worker.cluster(request.cluster);
    return cluster.hosts[attempt.host - cluster.first_host];
  }
  static TimerHandle timer_of(const policies::Request& request) {
    return std::bit_cast<TimerHandle>(request.timer);
  }
};

}  // namespace squall::sim
