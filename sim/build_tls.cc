// How the TLS of both ends of a connection fits, and who says so where it does not.
#include <fmt/format.h>

#include "sim/build_parts.h"

namespace squall::sim {
namespace {

using config::MtlsMode;
using config::ServerMode;
using config::Transport;
using config::TransportFit;

/// "PeerAuthentication NAMESPACE/NAME", with the port where it speaks of that alone.
std::string authority(const ServerMode& mode, int port) {
  if (mode.by == nullptr) return "the mesh";
  for (const auto& [number, of_port] : mode.by->ports) {
    if (number == port && of_port == mode.mode)
      return fmt::format("PeerAuthentication {} at port {}", mode.by->meta.full_name(), port);
  }
  return "PeerAuthentication " + mode.by->meta.full_name();
}

std::string client_side(const config::ClusterTransport& client) {
  if (client.rule != nullptr) {
    return fmt::format("DestinationRule {} has it called with tls mode {}",
                       client.rule->meta.full_name(), client.mode);
  }
  return client.mode.empty() ? "automatic mTLS is off for its namespace" : client.mode;
}

}  // namespace

std::uint32_t Builder::misfit(std::string why) {
  const auto [known, fresh] =
      misfit_index_.try_emplace(why, static_cast<std::uint32_t>(model_->misfits.size()));
  if (fresh) model_->misfits.push_back(std::move(why));
  return known->second;
}

void Builder::fit_transport(const config::ClusterTransport& client, Target& target) {
  const config::MeshPod& pod = *mesh_pods_[target.pod];
  const ServerMode mode = mesh_->server_mode(pod, target.port);
  const Transport transport = client.to(pod.ip);
  target.tls = transport != Transport::kPlaintext;
  target.mutual = transport == Transport::kMutual;
  target.fit = fit_of(transport, {.sidecar = pod.sidecar,
                                  .ambient = pod.ambient,
                                  .mode = mode.mode,
                                  .declared_http = client.declared_http});
  if (target.fit == TransportFit::kFits) return;
  std::string takes;
  if (pod.sidecar && mode.mode == MtlsMode::kStrict) {
    takes = fmt::format("takes mutual TLS only ({})", authority(mode, target.port));
  } else if (transport == Transport::kTls) {
    takes = fmt::format("speaks plain HTTP at port {}", target.port);
  } else if (pod.sidecar) {
    takes = fmt::format("takes no mutual TLS ({})", authority(mode, target.port));
  } else {
    takes = "has no sidecar to take mutual TLS";
  }
  target.misfit = misfit(
      fmt::format("{} {}, and {}: {}", model_->workloads[model_->pods[target.pod].workload].name,
                  takes, client_side(client),
                  target.fit == TransportFit::kClosed ? "connections are closed (UC)"
                                                      : "the TLS handshake fails (UF)"));
}

std::uint32_t Builder::misfit_of_stranger(std::uint32_t pod, std::uint16_t port) {
  const config::MeshPod& at = *mesh_pods_[pod];
  const ServerMode mode = mesh_->server_mode(at, port);
  if (config::fit_of_stranger({.sidecar = at.sidecar, .ambient = at.ambient, .mode = mode.mode}) ==
      TransportFit::kFits)
    return kNone;
  return misfit(
      fmt::format("{} takes mutual TLS only ({}): a caller outside of the mesh is reset; let "
                  "the load come from a workload that is in it",
                  model_->workloads[model_->pods[pod].workload].name, authority(mode, port)));
}

}  // namespace squall::sim
