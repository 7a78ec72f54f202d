// Mirrored copies of a request: sent to another cluster beside it, their answers thrown away.
//
// A copy is a request of its own, without a client: one attempt, at the default priority, the main
// request's timeout, no retries, and of the mirror's cluster no particular subset. Source: envoy's
// router and shadow_writer_impl, as docs/policies.md, "Mirrors" states it.
#include "policies/machine/steps.h"

namespace squall::policies {

void WorkerSteps::mirror(Request& request, const Forward& forward, Instant now) {
  const auto& mirrors = mirrors_of(configuration_->epoch, forward, request.cluster);
  for (std::uint32_t i = 0; i < mirrors.size(); ++i) {
    const MirrorPolicy& policy = mirrors[i];
    const bool sampled = request.random % policy.fraction.denominator < policy.fraction.numerator;
    const std::uint32_t cluster =
        policy.cluster_header.empty() ? policy.index : extras_[request.extras].mirror_clusters[i];
    if (cluster == kNone || !sampled) continue;
    const std::uint64_t random = mix(request.random, Purpose::kMirror, i);
    if (const auto away = turned_away(configuration_->epoch.clusters[cluster], random)) {
      ClusterStats& stats = use_cluster(cluster).stats;
      if (away->details == Details::kMaintenanceMode) stats.add(Stat::kRqMaintenanceMode);
      stats.responses.add({.status = 503, .internal = true});
      continue;
    }
    Request& copy = requests_.take();
    copy.mirror = static_cast<std::uint16_t>(i + 1);
    copy.weighted_entry = request.weighted_entry;
    copy.random = random;
    copy.listener = request.listener;
    copy.virtual_host = request.virtual_host;
    copy.route = request.route;
    copy.cluster = cluster;
    copy.grpc = request.grpc;
    copy.internal = true;  // it is the proxy's own
    copy.timeouts.global = request.timeouts.global;
    copy.received = request.received;
    copy.complete = request.complete;
    copy.body_bytes = request.body_bytes;  // what a filter has waited for
    copy.completed = request.completed;
    push(CommandKind::kMirror, copy.index, request.index);
    if (!request.complete) extras_of(request).mirrors.push_back(id_of<RequestTag>(copy));
    begin_attempt(copy, now);
    if (copy.complete && !copy.ended) on_complete(copy, now);
  }
}

/// A piece of the main request's body, or its end.
void WorkerSteps::mirror_body(Request& request, std::uint64_t bytes, bool end, Instant now) {
  for (const RequestId id : extras_[request.extras].mirrors) {
    Request* const copy = requests_.find({id.index, id.generation});
    if (copy == nullptr || copy->ended) continue;
    copy->body_bytes += bytes;
    const bool has_stream = copy->live > 0 && attempts_[copy->newest_attempt].connection != kNone;
    if (!has_stream && copy->body_bytes > buffer_limit(request)) {
      clusters_[copy->cluster]->stats.add(Stat::kRetryOrShadowAbandoned);
      reset_attempts(*copy, kNone, now);
      finish(*copy, now);
      continue;
    }
    push(CommandKind::kMirrorBody, copy->index, request.index);
    copy->complete = end;
    each_attempt(*copy, [&](const Attempt& attempt) {
      if (attempt.connection != kNone) push_body(attempt, bytes, true, end);
    });
    if (!end) continue;
    copy->completed = now;
    on_complete(*copy, now);
  }
  if (end) extras_[request.extras].mirrors.clear();
}

/// The main request has ended before it was complete: so do its copies.
void WorkerSteps::give_up_mirrors(Request& request, Instant now) {
  for (const RequestId id : extras_[request.extras].mirrors) {
    Request* const copy = requests_.find({id.index, id.generation});
    if (copy == nullptr || copy->ended) continue;
    reset_attempts(*copy, kNone, now);
    finish(*copy, now);
  }
  extras_[request.extras].mirrors.clear();
}

}  // namespace squall::policies
