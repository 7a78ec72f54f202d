// Hints: what a worker will soon look at is brought into the caches before it does, step by step,
// each a while before the next one, which reads what it has fetched.
#include "policies/base/prefetch.h"
#include "policies/machine/steps.h"

namespace squall::policies {

/// Of all workers' objects, the lines that every request reads.
void Worker::fetch_request(std::uint32_t listener, std::uint32_t known_as, int step) const {
  switch (step) {
    case 0:
      requests_.fetch_free();
      attempts_.fetch_free();
      prefetch(commands_.pending().data());
      prefetch(clusters_.data());
      return heads_.fetch_listener(listener);
    case 1:
      requests_.fetch_next<3>();
      attempts_.fetch_next<1>();
      return heads_.fetch_head(listener, known_as);
    default:
      break;
  }
  const Remembered* const known = heads_.find(listener, known_as);
  if (known == nullptr || !known->settled || clusters_[known->cluster] == nullptr) return;
  const ClusterState& cluster = *clusters_[known->cluster];
  switch (step) {
    case 2:
      prefetch(known->choice.route);
      return prefetch_lines<sizeof(ClusterState) / 64>(&cluster);
    case 3:
      prefetch_lines<2>(cluster.config);
      return cluster.fetch();
    default:
      if (!cluster.hosts.empty() && cluster.hosts.size() <= kFewHosts) {
        for (const Host& host : cluster.hosts) {
          if (host.pool.ready_head != kNone) prefetch(&connections_[host.pool.ready_head]);
        }
      }
  }
}

}  // namespace squall::policies
