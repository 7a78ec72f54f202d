// Ways of calls: what a caller's sidecar does with a request, as shares of where it goes.
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "policies/machine/configuration.h"
#include "sim/cluster_name.h"
#include "sim/graph/graph_builder.h"
#include "sim/rewrite.h"

namespace squall::sim {
namespace {

double share_of(const policies::Fraction& fraction) {
  return std::min(1.0, static_cast<double>(fraction.numerator) / fraction.denominator);
}

/// How much of its cluster's requests each host gets when all are equally busy: those of the
/// highest priority that has any, by weight, and by that of their localities where these count.
std::vector<double> host_shares(const policies::ClusterConfig& cluster,
                                const std::vector<bool>& there) {
  std::vector<double> shares(cluster.hosts.size());
  std::uint32_t first = ~std::uint32_t{0};
  const auto counts = [&](std::size_t i) {
    return there[i] && cluster.hosts[i].health == policies::HealthStatus::kHealthy;
  };
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (counts(i)) first = std::min(first, cluster.hosts[i].priority);
  }
  double all = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const policies::HostConfig& host = cluster.hosts[i];
    if (!counts(i) || host.priority != first) continue;
    shares[i] = host.weight;
    if (cluster.locality_weighted) {
      double of_locality = 0;
      for (std::size_t k = 0; k < shares.size(); ++k) {
        const policies::HostConfig& other = cluster.hosts[k];
        if (counts(k) && other.priority == first && other.locality == host.locality)
          of_locality += other.weight;
      }
      shares[i] *= host.locality_weight / of_locality;
    }
    all += shares[i];
  }
  for (double& share : shares) share = all > 0 ? share / all : 0;
  return shares;
}

void add_target(std::vector<topology::Target>& targets, const topology::Target& one) {
  const auto same = std::ranges::find_if(targets, [&](const topology::Target& other) {
    return other.edge == one.edge && other.operation == one.operation;
  });
  if (same == targets.end()) {
    targets.push_back(one);
  } else {
    same->share += one.share;
  }
}

/// Shares that add up to 1 again.
void normalise(std::vector<topology::Target>& targets) {
  double all = 0;
  for (const topology::Target& target : targets) all += target.share;
  for (topology::Target& target : targets) target.share /= all;
}

bool has_limits(const policies::ClusterConfig& cluster) {
  constexpr std::uint32_t kNoLimit = ~std::uint32_t{0};
  const policies::Thresholds& limits = cluster.thresholds[policies::kDefaultPriority];
  return limits.max_connections != kNoLimit || limits.max_pending_requests != kNoLimit ||
         limits.max_requests != kNoLimit || limits.max_retries != kNoLimit || limits.retry_budget;
}

bool is_hashed(const policies::ClusterConfig& cluster) {
  return cluster.lb == policies::LbPolicy::kRingHash || cluster.lb == policies::LbPolicy::kMaglev;
}

}  // namespace

/// Replicas that only a change brings are not.
bool GraphBuilder::is_there(std::uint32_t pod) const {
  const WorkloadModel& workload = model_.workloads[model_.pods[pod].workload];
  return pod < workload.first_pod + workload.members;
}

topology::Call GraphBuilder::call_of(const CallSite& site, const Sender& sender) {
  topology::Call call;
  if (site.service != kNone) add_ways(call, site, sender);
  return call;
}

void GraphBuilder::add_answer(topology::Call& out, int status, std::uint32_t at, double share) {
  topology::Way& way = out.ways.emplace_back();
  way.share = share;
  way.answer = status == 200 ? 0 : kind_of(KindKey{.status = status});
  way.edge = at;
}

void GraphBuilder::add_ways(topology::Call& out, const CallSite& site, const Sender& sender) {
  const std::uint32_t listener = sender.rules == nullptr  ? kNone
                                 : site.listener != kNone ? site.listener
                                                          : sender.rules->listener_of(site.port);
  if (listener == kNone) return add_plain_ways(out, site, sender);
  const std::uint32_t nowhere = edge({.source = sender.name,
                                      .service = model_.services[site.service].name,
                                      .subset = "",
                                      .destination = ""},
                                     sender.workload);
  const ReceivedHead received = heads_.receive(sender.rules->receives[listener], site.head);
  if (received.reception != policies::Reception::kTaken) return add_answer(out, 400, nowhere);
  const policies::RouteChoice choice =
      sender.rules->rules->routers[listener].find(heads_.view(received.head), 0);
  if (choice.route == nullptr) return add_answer(out, 404, nowhere);
  if (const auto* redirect = std::get_if<policies::Redirect>(&choice.route->action))
    return add_answer(out, redirect->status, nowhere);
  if (const auto* direct = std::get_if<policies::DirectResponse>(&choice.route->action))
    return add_answer(out, direct->status, nowhere);
  add_forward(out, site, sender, choice, listener, received.head);
}

/// From outside, without a sidecar, or to a port that is not HTTP: a random pod of the Service.
void GraphBuilder::add_plain_ways(topology::Call& out, const CallSite& site, const Sender& sender) {
  const ServiceModel& service = model_.services[site.service];
  EdgeModel ends{.source = sender.name, .service = service.name, .subset = "", .destination = ""};
  topology::Way way;
  double cut_off = 0;
  for (const ServiceModel::Endpoint& endpoint : service.endpoints) {
    if (endpoint.port != site.port || !is_there(endpoint.pod)) continue;
    if (endpoint.misfit != kNone) {
      ++cut_off;
      continue;
    }
    ends.destination = model_.workloads[model_.pods[endpoint.pod].workload].name;
    add_target(way.targets,
               {.edge = edge(ends, sender.workload),
                .operation = operation_at(endpoint.pod, endpoint.target_port, site.head)});
  }
  ends.destination.clear();
  double reached = 0;
  for (const topology::Target& target : way.targets) reached += target.share;
  const double all = reached + cut_off;
  if (cut_off > 0 || all == 0)
    add_answer(out, 0, edge(ends, sender.workload), all > 0 ? cut_off / all : 1);
  if (way.targets.empty()) return;
  way.share = reached / all;
  normalise(way.targets);
  out.ways.push_back(std::move(way));
}

/// Faults of the route, which act before a cluster is asked: what is left of its requests.
double GraphBuilder::add_faults(topology::Call& out, const policies::Route& route,
                                std::uint32_t at) {
  double left = 1;
  for (const policies::Filter& filter : route.filters) {
    const auto* fault = std::get_if<policies::FaultConfig>(&filter.config);
    if (fault == nullptr || filter.disabled) continue;
    if (fault->delay && !fault->delay->by_header)
      out.delay_s += share_of(fault->delay->percentage) * to_seconds(fault->delay->fixed);
    if (!fault->abort || fault->abort->by_header) continue;
    const double aborted = left * share_of(fault->abort->percentage);
    left -= aborted;
    if (aborted <= 0) continue;
    add_answer(out, fault->abort->http_status, at, aborted);
    if (fault->abort->grpc_status)
      out.ways.back().answer =
          kind_of({.status = 200, .grpc = static_cast<int>(*fault->abort->grpc_status)});
  }
  return left;
}

void GraphBuilder::add_forward(topology::Call& out, const CallSite& site, const Sender& sender,
                               const policies::RouteChoice& choice, std::uint32_t listener,
                               std::uint32_t head) {
  const policies::Epoch& epoch = sender.rules->rules->epoch;
  const auto& forward = std::get<policies::Forward>(choice.route->action);
  EdgeModel ends{.source = sender.name,
                 .service = model_.services[site.service].name,
                 .subset = "",
                 .destination = ""};
  const double left = add_faults(out, *choice.route, edge(ends, sender.workload));
  const auto& retry = forward.retry ? forward.retry : choice.virtual_host->retry;
  for (const policies::WeightedCluster& entry : forward.clusters) {
    const double share = forward.clusters.size() == 1 || forward.total_weight == 0
                             ? left
                             : left * entry.weight / static_cast<double>(forward.total_weight);
    if (share <= 0) continue;
    if (entry.index == kNone) {
      assume(fmt::format("{} routes {:.4g}% of its requests to {} where nothing is: 503 NC",
                         sender.name, share * 100, ends.service));
      add_answer(out, forward.cluster_not_found_status, edge(ends, sender.workload), share);
      continue;
    }
    const policies::ClusterConfig& cluster = epoch.clusters[entry.index];
    Taken taken{.sender = sender,
                .head = rewritten_head(heads_,
                                       {.table = epoch.listeners[listener].routes,
                                        .host = *choice.virtual_host,
                                        .route = *choice.route,
                                        .entry = &entry},
                                       head),
                .timeout_s = to_seconds(forward.timeout)};
    const policies::RetryPolicy* policy = cluster.retry ? &*cluster.retry
                                          : retry       ? &*retry
                                                        : nullptr;
    if (policy != nullptr && policy->on != 0 &&
        policies::allows_retries(*policy, heads_.view(taken.head)))
      taken.retry = policy;
    add_cluster(out, taken, entry.index, share, false);
    for (const policies::MirrorPolicy& mirror : policies::mirrors_of(epoch, forward, entry.index)) {
      if (mirror.index == kNone) continue;
      taken.retry = nullptr;
      add_cluster(out, taken, mirror.index, share * share_of(mirror.fraction), true);
    }
  }
}

/// Hosts of a cluster by what they do with such a request. `cut_off`: an edge to hosts that are not
/// reached, as TLS does not fit; kNone: there is none.
std::vector<topology::Target> GraphBuilder::targets_of(const Sender& sender, std::uint32_t cluster,
                                                       std::uint32_t head, std::uint32_t& cut_off) {
  const policies::Epoch& epoch = sender.rules->rules->epoch;
  const ClusterName name = split_cluster(epoch.clusters[cluster].name);
  std::vector<bool> there;
  for (std::uint32_t i = 0; i < epoch.clusters[cluster].hosts.size(); ++i) {
    const std::uint32_t pod = sender.rules->targets[epoch.hosts_begin(cluster) + i].pod;
    there.push_back(pod == kNone || is_there(pod));
  }
  const std::vector<double> shares = host_shares(epoch.clusters[cluster], there);
  EdgeModel ends{.source = sender.name,
                 .service = short_host(name.host),
                 .subset = name.subset,
                 .destination = ""};
  std::vector<topology::Target> targets;
  for (std::uint32_t i = 0; i < shares.size(); ++i) {
    if (shares[i] <= 0) continue;
    const Target& at = sender.rules->targets[epoch.hosts_begin(cluster) + i];
    if (at.pod == kNone) {
      assume(fmt::format("endpoints of {} that no pod has are left out", ends.service));
      continue;
    }
    ends.destination = model_.workloads[model_.pods[at.pod].workload].name;
    const std::uint32_t to = edge(ends, sender.workload);
    if (at.fit != config::TransportFit::kFits) {
      assume(fmt::format("{} does not reach {}: TLS does not fit", sender.name, ends.destination));
      cut_off = to;
      continue;
    }
    add_target(targets,
               {.edge = to, .operation = operation_at(at.pod, at.port, head), .share = shares[i]});
  }
  if (!targets.empty()) normalise(targets);
  return targets;
}

void GraphBuilder::add_retries(topology::Way& way, const Taken& taken) const {
  way.timeout_s = taken.timeout_s;
  if (taken.retry == nullptr) return;
  way.retries = std::min(taken.retry->num_retries, policies::kMostRetries);
  way.attempt_timeout_s = to_seconds(taken.retry->per_try_timeout);
  for (const KindKey& kind : kinds_) {
    policies::ResponseFacts facts;
    facts.status = static_cast<std::uint16_t>(kind.status);
    if (kind.grpc >= 0 && !kind.in_trailers)
      facts.grpc_status = static_cast<std::uint32_t>(kind.grpc);
    way.retried.push_back(policies::wants_retry(*taken.retry, facts));
  }
  way.retried[0] = false;
}

void GraphBuilder::add_cluster(topology::Call& out, const Taken& taken, std::uint32_t cluster,
                               double share, bool copy) {
  const policies::ClusterConfig& config = taken.sender.rules->rules->epoch.clusters[cluster];
  const ClusterName name = split_cluster(config.name);
  const std::string service = short_host(name.host);
  std::uint32_t cut_off = kNone;
  topology::Way way;
  way.share = share;
  way.targets = targets_of(taken.sender, cluster, taken.head, cut_off);
  way.copy = copy;
  if (way.targets.empty()) {
    if (copy) return;
    if (cut_off == kNone) {
      cut_off = edge({.source = taken.sender.name,
                      .service = service,
                      .subset = name.subset,
                      .destination = ""},
                     taken.sender.workload);
    }
    return add_answer(out, 503, cut_off, share);
  }
  if (config.outlier) assume(fmt::format("nothing is ejected by outlier detection of {}", service));
  if (has_limits(config)) assume(fmt::format("no limit of circuit breakers of {} is met", service));
  if (is_hashed(config)) assume(fmt::format("hashing spreads requests to {} evenly", service));
  const std::uint32_t first = out_.graph.operations[way.targets.front().operation].workload;
  const bool several = std::ranges::any_of(way.targets, [&](const topology::Target& target) {
    return out_.graph.operations[target.operation].workload != first;
  });
  if (several)
    assume(fmt::format("requests to {} are spread over its replicas by their weights", service));
  add_retries(way, taken);
  out.ways.push_back(std::move(way));
}

}  // namespace squall::sim
