#include "sim/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "policies/base/check.h"
#include "reports/text.h"
#include "sim/build.h"
#include "sim/cluster_name.h"
#include "sim/feeds.h"

namespace squall::sim {
namespace {

using scenarios::RouteCheck;

struct Destination {
  std::string host;  // short
  std::string subset;
  double share = 1;
  bool there = true;  // else 503 with NC
};

/// Where a request goes, or with what the sidecar answers it.
struct Found {
  std::vector<ClusterName> clusters;  // of the sidecar: what there is to go to
  std::vector<Destination> destinations;
  Duration timeout{};
  std::uint32_t attempts = 1;
  std::uint16_t status = 0;  // 0: it goes on
  std::string fault;         // that some of the requests meet
  std::string why_not;       // no sidecar, or none that looks at it
  policies::Provenance provenance;
};

Found forwarded(const policies::RouteChoice& choice, const policies::Forward& forward) {
  Found found;
  found.timeout = forward.timeout;
  const auto& retry = forward.retry ? forward.retry : choice.virtual_host->retry;
  if (retry && retry->on != 0) found.attempts = 1 + retry->num_retries;
  for (const policies::WeightedCluster& cluster : forward.clusters) {
    const ClusterName name = split_cluster(cluster.cluster);
    const double share =
        forward.clusters.size() == 1 || forward.total_weight == 0
            ? 1
            : static_cast<double>(cluster.weight) / static_cast<double>(forward.total_weight);
    found.destinations.push_back({.host = short_host(name.host),
                                  .subset = name.subset,
                                  .share = share,
                                  .there = cluster.index != kNone});
  }
  return found;
}

Found answered(std::uint16_t status) {
  Found found;
  found.status = status;
  return found;
}

Found unrouted(std::string why) {
  Found found;
  found.why_not = std::move(why);
  return found;
}

std::string share_text(double share) { return fmt::format("{:.4g}%", share * 100); }

/// A VirtualService's fault, which stands before the route: one that aborts all is what answers.
void see_faults(const policies::FilterOverrides& filters, Found& found) {
  for (const policies::Filter& filter : filters) {
    const auto* fault = std::get_if<policies::FaultConfig>(&filter.config);
    if (fault == nullptr || filter.disabled) continue;
    const auto share = [](const policies::Fraction& of) {
      return static_cast<double>(of.numerator) / static_cast<double>(of.denominator);
    };
    if (fault->abort && !fault->abort->by_header) {
      const double aborted = share(fault->abort->percentage);
      const std::uint16_t status = fault->abort->grpc_status ? 200 : fault->abort->http_status;
      if (aborted >= 1) found.status = status;
      found.fault += fmt::format("; a fault answers {} with {}", share_text(aborted), status);
    }
    if (fault->delay && !fault->delay->by_header)
      found.fault +=
          fmt::format("; a fault delays {} by {}", share_text(share(fault->delay->percentage)),
                      to_string(fault->delay->fixed));
  }
}

Found look_up(const policies::RouteChoice& choice) {
  if (choice.route == nullptr) return answered(404);
  Found found;
  const auto& action = choice.route->action;
  if (const auto* forward = std::get_if<policies::Forward>(&action)) {
    found = forwarded(choice, *forward);
  } else if (const auto* redirect = std::get_if<policies::Redirect>(&action)) {
    found.status = redirect->status;
  } else {
    found.status = std::get<policies::DirectResponse>(action).status;
  }
  see_faults(choice.route->filters, found);
  found.provenance = choice.route->provenance;
  return found;
}

Found find(const Model& model, const LoadModel& load) {
  const CallSite& site = model.load_operations[load.first_operation].site;
  const bool by_waypoint = site.waypoint != kNone;
  const WorkloadModel& workload = model.workloads[by_waypoint ? site.waypoint : load.source];
  std::uint32_t proxy = kNone;
  if (workload.pods > 0) {
    const PodModel& pod = model.pods[workload.first_pod];
    proxy = by_waypoint ? pod.inbound : pod.outbound;
  }
  if (proxy == kNone)
    return unrouted(fmt::format("{} has {}, so no routes", workload.name,
                                workload.pods > 0 ? "no sidecar" : "no replica"));
  const ConfigurationModel& rules = model.configurations[model.proxies[proxy].configuration];
  const std::uint32_t listener =
      site.listener != kNone ? site.listener : rules.listener_of(site.port);
  if (listener == kNone)
    return unrouted(fmt::format("port {} is not HTTP: its bytes are passed on", site.port));
  HeadTable heads(model.heads);
  const ReceivedHead received = heads.receive(rules.receives[listener], site.head);
  if (received.reception != policies::Reception::kTaken) return answered(400);
  Found found = look_up(rules.rules->routers[listener].find(heads.view(received.head), 0));
  for (const policies::ClusterConfig& cluster : rules.rules->epoch.clusters)
    found.clusters.push_back(split_cluster(cluster.name));
  return found;
}

std::string destination_text(const Destination& one) {
  std::string text = one.host;
  if (!one.subset.empty()) text += fmt::format(" ({})", one.subset);
  if (one.share != 1) text += " " + share_text(one.share);
  if (!one.there) text += ", which is not there: 503 NC";
  return text;
}

std::string found_text(const Found& found) {
  if (!found.why_not.empty()) return found.why_not;
  std::string text;
  if (found.status != 0) {
    text = fmt::format("the sidecar answers {}", found.status);
  } else {
    std::vector<std::string> texts;
    for (const Destination& one : found.destinations) texts.push_back(destination_text(one));
    text = fmt::format("it goes to {}; {}, {}", fmt::join(texts, " and "),
                       found.timeout > Duration{} ? "timeout " + to_string(found.timeout)
                                                  : std::string("no timeout"),
                       reports::counted(found.attempts, "attempt"));
  }
  text += found.fault;
  const policies::Provenance& by = found.provenance;
  if (by.resource.empty()) return text;
  text += "; by " + by.resource;
  if (by.rule >= 0) text += fmt::format(", rule {}", by.rule + 1);
  if (!by.file.empty()) text += fmt::format(" ({}:{})", by.file, by.line);
  return text;
}

bool is_meant(const scenarios::RouteDestination& to, std::string_view host,
              std::string_view subset) {
  return names(to.host, host) && (!to.subset || *to.subset == subset);
}

/// That none of the requests goes there says nothing of what is not there at all.
bool is_there(const scenarios::RouteDestination& to, const Found& found) {
  return std::ranges::any_of(found.clusters, [&](const ClusterName& one) {
    return is_meant(to, short_host(one.host), one.subset);
  });
}

bool holds(const RouteCheck& check, const Found& found) {
  if (!found.why_not.empty()) return false;
  if (check.status) return found.status == *check.status;
  if (found.status != 0) return false;
  if (check.timeout && *check.timeout != found.timeout) return false;
  if (check.attempts && *check.attempts != found.attempts) return false;
  if (!check.to) return true;
  double share = 0;
  for (const Destination& one : found.destinations) {
    if (one.there && is_meant(*check.to, one.host, one.subset)) share += one.share;
  }
  return std::fabs(share - check.to->share) < 1e-9 && is_there(*check.to, found);
}

std::string wanted_text(const RouteCheck& check) {
  std::vector<std::string> texts;
  if (check.to) {
    std::string to = "to " + check.to->host;
    if (check.to->subset) to += fmt::format(" ({})", *check.to->subset);
    if (check.to->share != 1) to += " " + share_text(check.to->share);
    texts.push_back(std::move(to));
  }
  if (check.timeout)
    texts.push_back(*check.timeout > Duration{} ? "timeout " + to_string(*check.timeout)
                                                : std::string("no timeout"));
  if (check.attempts) texts.push_back(reports::counted(*check.attempts, "attempt"));
  if (check.status) texts.push_back(fmt::format("status {}", *check.status));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

Result<std::vector<reports::ExpectationResult>> check_routes(const scenarios::Scenario& scenario,
                                                             std::span<const RouteCheck> checks,
                                                             Diagnostics& warnings) {
  const auto model = build(scenario, {.whole_views = true});
  if (!model) return std::unexpected(model.error());
  warnings.add((*model)->warnings);
  std::vector<reports::ExpectationResult> results;
  for (const RouteCheck& check : checks) {
    const auto load = std::ranges::find((*model)->loads, check.load, &LoadModel::name);
    SQUALL_CHECK(load != (*model)->loads.end());
    const Found found = find(**model, *load);
    reports::ExpectationResult& result = results.emplace_back();
    result.text = fmt::format("{} from {}: {}", check.request, check.from, wanted_text(check));
    result.ok = holds(check, found);
    result.figure = found_text(found);
    if (result.ok) continue;
    result.why = result.figure;
    if (check.to && found.why_not.empty() && !found.clusters.empty() && !is_there(*check.to, found))
      result.why = fmt::format("{} has no such destination; {}", check.from, result.figure);
  }
  return results;
}

}  // namespace squall::sim
