// Sidecars that run an Envoy configuration of the user's own instead of what the mesh makes.
#include <fmt/format.h>

#include <algorithm>

#include "sim/build_parts.h"

namespace squall::sim {
namespace {

/// What connections of a cluster to a pod are: of a bootstrap in plaintext, else by its dump.
config::ClusterTransport transport_of(config::DumpedTls tls, const Target& target) {
  using config::DumpedTls, config::Transport;
  config::ClusterTransport out;
  const bool mutual = tls == DumpedTls::kMutual || (tls == DumpedTls::kAutomatic && target.sidecar);
  if (mutual) out.usual = Transport::kMutual;
  if (tls == DumpedTls::kOwn) out.usual = Transport::kTls;
  out.mode = tls == DumpedTls::kNone        ? "its Envoy configuration says nothing of TLS"
             : tls == DumpedTls::kAutomatic ? "its Envoy configuration has automatic mTLS"
             : mutual                       ? "its Envoy configuration has mutual TLS"
                                            : "its Envoy configuration has TLS of its own";
  return out;
}

}  // namespace

/// `addresses` name the first replicas, in order.
void Builder::add_addresses() {
  for (const scenarios::Workload& workload : scenario_.workloads) {
    if (workload.addresses.empty()) continue;
    const WorkloadModel& row = model_->workloads[workload_of(workload.ref)];
    for (std::uint32_t i = 0; i < workload.addresses.size(); ++i) {
      const scenarios::ReplicaAddress& address = workload.addresses[i];
      if (i >= row.pods) {
        return add(Severity::kError, address.place,
                   fmt::format("{} has {} replica{}, and this is address {}", row.name, row.pods,
                               row.pods == 1 ? "" : "s", i + 1),
                   "give at most one address for each");
      }
      if (!by_socket_.try_emplace(address.text, row.first_pod + i).second) {
        add(Severity::kError, address.place,
            fmt::format("{} is of another workload, too", address.text), "each has its own");
      }
    }
  }
}

const scenarios::Workload* Builder::with_envoy(std::uint32_t workload) const {
  for (const scenarios::Workload& one : scenario_.workloads) {
    if (one.envoy && workload_of(one.ref) == workload) return &one;
  }
  return nullptr;
}

/// A pod by one of its workload's `addresses`, at the port where it serves, or by its own.
Target Builder::envoys_target(const std::string& address, std::uint16_t port) const {
  const bool v6 = address.contains(':');
  const std::string socket = fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", port);
  Target target{.port = port};
  if (const auto named = by_socket_.find(socket); named != by_socket_.end()) {
    target.pod = named->second;
    const std::vector<config::ContainerPort>& ports = mesh_pods_[target.pod]->ports;
    if (!ports.empty()) target.port = static_cast<std::uint16_t>(ports.front().number);
  } else if (const auto at = by_address_.find(address); at != by_address_.end()) {
    target.pod = at->second;
  }
  if (target.pod != kNone) target.sidecar = mesh_pods_[target.pod]->is_behind_sidecar();
  return target;
}

std::uint32_t Builder::add_envoy(const scenarios::Workload& from, std::uint32_t workload) {
  const auto [known, fresh] =
      envoys_.try_emplace(workload, static_cast<std::uint32_t>(model_->configurations.size()));
  if (!fresh) return known->second;
  ConfigurationModel& out = model_->configurations.emplace_back();
  out.source = workload;
  std::optional<config::ConfigDump> dump;
  if (config::is_config_dump(*from.envoy)) {
    dump = read_dump(*from.envoy, workload);
    if (!dump) {
      out.rules = std::make_unique<policies::Configuration>(policies::Epoch{});
      return known->second;
    }
  }
  const config::Node& bootstrap = dump ? dump->bootstrap : *from.envoy;
  if (options_.keep_bootstraps) out.bootstrap = config::to_json(bootstrap).dump();
  std::optional<Bootstrap> read_one = read(bootstrap, out);
  out.rules = std::make_unique<policies::Configuration>(read_one ? std::move(read_one->epoch)
                                                                 : policies::Epoch{});
  if (!read_one) return known->second;
  out.cluster_origins = std::move(read_one->origins);
  read_routes(out, model_->heads);
  for (std::size_t c = 0; c < out.rules->epoch.clusters.size(); ++c) {
    const policies::ClusterConfig& cluster = out.rules->epoch.clusters[c];
    const config::DumpedTls tls = dump ? dump->clusters[c].tls : config::DumpedTls::kNone;
    out.fixed.push_back(dump && dump->clusters[c].discovered ? 0 : 1);
    const ClusterName name = split_cluster(cluster.name);
    EdgeModel ends{.source = model_->workloads[workload].name,
                   .service = short_host(name.host),
                   .subset = name.subset,
                   .destination = ""};
    for (const policies::HostConfig& host : cluster.hosts) {
      Target target = envoys_target(host.address, host.port);
      if (target.pod != kNone) {
        ends.destination = model_->workloads[model_->pods[target.pod].workload].name;
        fit_transport(transport_of(tls, target), target);
      }
      target.edge = edge(ends);
      out.targets.push_back(target);
    }
    out.cluster_edges.push_back(edge(ends));
  }
  add_checks(bootstrap, out);
  return known->second;
}

}  // namespace squall::sim
