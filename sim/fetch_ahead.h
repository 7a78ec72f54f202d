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

  /// None where all lies in the nearer caches; the last ones are for sidecars that are asked.
  static int steps_for(const Model& model);
  /// It comes before long; step by step.
  void event(const Event& event, int step) const;
  /// An answer has come, and will often go on up the chain of callers within its instant.
  void answer(const Stream& stream) const;

 private:
  void work(std::uint32_t pod, std::uint32_t stream, int step) const;
  void arrival(std::uint32_t stream, int step) const;
  std::uint32_t bringer_of(const Stream& stream) const;
  const Stream* outer_of(const Stream& stream) const;
  template <std::size_t Lines, class T>
  static void slot(const Slab<T>& slab, std::uint32_t index) {
    if (index < slab.capacity()) prefetch_lines<Lines>(&slab[index]);
  }
  void stream(std::uint32_t index) const;
  const policies::Worker* worker_of(const Stream& stream) const;
  void records(const Stream& stream) const;
  void details(const Stream& stream) const;
  void neighbours(const Stream& stream) const;
  const policies::Attempt* attempt_of(const Stream& stream) const;
  static const policies::Host& host_of(const Proxy& proxy, const policies::Request& request,
                                       const policies::Attempt& attempt);
  static TimerHandle timer_of(const policies::Request& request);
};

}  // namespace squall::sim
