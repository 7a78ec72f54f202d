// Active health checks of a workload's own Envoy configuration: whom each asks, and what.
#include <fmt/format.h>

#include <string_view>
#include <variant>

#include "policies/exchange.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

using config::Node;
using policies::HealthCheck;

/// The check as it is written, or the cluster where that is not found.
const config::Place& place_of(const Node& bootstrap, std::size_t cluster, std::size_t checker) {
  const Node* const resources = bootstrap.find("static_resources");
  const Node* const clusters = resources == nullptr ? nullptr : resources->find("clusters");
  if (clusters == nullptr || cluster >= clusters->items.size()) return bootstrap.place;
  const Node& its = clusters->items[cluster];
  const Node* const checks = its.find("health_checks");
  if (checks == nullptr || checker >= checks->items.size()) return its.place;
  return checks->items[checker].place;
}

/// What in a check looks at bytes, which a run has none of; empty: nothing.
std::string_view asks_for_bytes(const HealthCheck& check) {
  if (const auto* http = std::get_if<policies::HttpCheck>(&check.kind)) {
    if (!http->receive.empty()) return "receive";
    return http->service_name ? "service_name_matcher" : "";
  }
  const auto* tcp = std::get_if<policies::TcpCheck>(&check.kind);
  return tcp != nullptr && !tcp->receive.empty() ? "receive" : "";
}

OwnHead head_of(const policies::Epoch& epoch, std::uint32_t check) {
  policies::HeaderEdits edits;
  policies::KeptRequest request;
  policies::health_check_request(epoch, check, edits, request);
  OwnHead out;
  out.method = request.method;
  out.authority = request.authority;
  out.path = request.path;
  for (const policies::HeaderField& field : request.headers)
    out.headers.emplace_back(field.name, field.value);
  return out;
}

}  // namespace

void Builder::add_checks(const Node& bootstrap, ConfigurationModel& out) {
  const policies::Epoch& epoch = out.rules->epoch;
  for (std::uint32_t c = 0; c < epoch.clusters.size(); ++c) {
    const policies::ClusterConfig& cluster = epoch.clusters[c];
    for (std::uint32_t k = 0; k < cluster.health_checks.size(); ++k) {
      const HealthCheck& config = cluster.health_checks[k];
      if (const std::string_view what = asks_for_bytes(config); !what.empty()) {
        add(Severity::kError, place_of(bootstrap, c, k),
            fmt::format("{} of a health check of cluster {} cannot be simulated: answers have no "
                        "bytes and no headers of their own",
                        what, cluster.name),
            "leave it out");
      }
      for (std::uint32_t i = 0; i < cluster.hosts.size(); ++i) {
        const policies::HostConfig& host = cluster.hosts[i];
        if (host.disable_active_health_check) continue;
        const std::uint32_t number = epoch.number_of_check(epoch.hosts_begin(c) + i, k);
        if (out.checks.size() <= number) out.checks.resize(number + 1);
        CheckModel& check = out.checks[number];
        check.target = out.targets[epoch.hosts_begin(c) + i];
        if (!host.check_address.empty() || host.check_port != 0) {
          const Target other =
              envoys_target(host.check_address.empty() ? host.address : host.check_address,
                            host.check_port != 0 ? host.check_port : host.port);
          if (other.pod != check.target.pod) check.target = other;
          check.target.port = other.port;
        }
        if (std::holds_alternative<policies::TcpCheck>(config.kind)) {
          check.how = CheckModel::How::kTcp;
          continue;
        }
        const bool grpc = std::holds_alternative<policies::GrpcCheck>(config.kind);
        check.how = grpc ? CheckModel::How::kGrpc : CheckModel::How::kHttp;
        check.head = model_->heads.intern(head_of(epoch, number));
      }
    }
  }
}

}  // namespace squall::sim
