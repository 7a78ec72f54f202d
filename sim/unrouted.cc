#include "sim/unrouted.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "policies/response_flags.h"
#include "policies/route.h"
#include "sim/heads.h"

namespace squall::sim {
namespace {

bool has_unrouted(const reports::EdgeData& edge) {
  const auto flag = static_cast<std::uint64_t>(policies::ResponseFlag::kNR);
  return std::ranges::any_of(edge.outcomes.flags.entries(),
                             [&](const auto& entry) { return entry.first == flag; });
}

/// "VirtualService shop/payments (k8s/istio.yaml:1)"; empty: no resource has routes there.
std::string rules_of(const policies::VirtualHost& host) {
  for (const policies::Route& route : host.routes) {
    const policies::Provenance& by = route.provenance;
    if (by.resource.empty()) continue;
    return by.file.empty() ? by.resource : fmt::format("{} ({}:{})", by.resource, by.file, by.line);
  }
  return {};
}

class Search {
 public:
  explicit Search(const Model& model) : model_(model), heads_(model.heads) {}

  /// Of a call that found no route in some epoch: whose rules it passed over.
  std::optional<std::string> cause(const CallSite& site, const std::string& source) {
    const auto workload = std::ranges::find(model_.workloads, source, &WorkloadModel::name);
    if (workload == model_.workloads.end() || workload->pods == 0) return std::nullopt;
    const std::uint32_t proxy = model_.pods[workload->first_pod].outbound;
    if (proxy == kNone) return std::nullopt;
    const ConfigurationModel& rules = model_.configurations[model_.proxies[proxy].configuration];
    const std::uint32_t listener =
        site.listener != kNone ? site.listener : rules.listener_of(site.port);
    if (listener == kNone) return std::nullopt;
    const ReceivedHead received = heads_.receive(rules.receives[listener], site.head);
    if (received.reception != policies::Reception::kTaken) return std::nullopt;
    std::optional<std::string> found = in(*rules.rules, listener, received.head);
    for (const LaterConfiguration& one : rules.later) {
      if (!found) found = in(*one.rules, listener, received.head);
    }
    return found;
  }

 private:
  std::optional<std::string> in(const policies::Configuration& rules, std::uint32_t listener,
                                std::uint32_t head) {
    const policies::RequestHead& view = heads_.view(head);
    const policies::RouteChoice choice = rules.routers[listener].find(view, 0);
    if (choice.route != nullptr) return std::nullopt;
    const OwnHead& own = heads_.own(head);
    const std::string asked = fmt::format("{} {}{}", own.method, own.authority, own.path);
    if (choice.virtual_host == nullptr)
      return fmt::format("no host of the proxy's routes is that of {}: 404 NR", asked);
    const std::string by = rules_of(*choice.virtual_host);
    if (by.empty()) return fmt::format("no route takes {}: 404 NR", asked);
    return fmt::format("no route of {} takes {}: 404 NR", by, asked);
  }

  const Model& model_;
  HeadTable heads_;
};

}  // namespace

void tell_unrouted(const Model& model, reports::RunData& data) {
  std::set<std::pair<std::string, std::string>> met;  // source and service
  for (const reports::EdgeData& edge : data.edges) {
    if (has_unrouted(edge)) met.emplace(edge.source, edge.service);
  }
  if (met.empty()) return;
  Search search(model);
  const auto tell = [&](const CallSite& site) {
    if (site.unrouted_edge == kNone) return;
    const EdgeModel& edge = model.edges[site.unrouted_edge];
    if (!met.contains({edge.source, edge.service})) return;
    std::optional<std::string> cause = search.cause(site, edge.source);
    if (cause && std::ranges::find(data.causes, *cause) == data.causes.end())
      data.causes.push_back(*std::move(cause));
  };
  for (const LoadOperationModel& one : model.load_operations) tell(one.site);
  for (const CallModel& one : model.calls) tell(one.site);
}

}  // namespace squall::sim
