// Sidecars of a run: what they are configured with, and what the simulator adds to that.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/transport.h"
#include "policies/alike.h"
#include "policies/base/ids.h"
#include "policies/machine/configuration.h"

namespace squall::sim {

struct Target {               // where a connection leads: a pod's sidecar, or its application
  std::uint32_t pod = kNone;  // none: nobody is there
  bool sidecar : 1 = false;
  bool tls : 1 = false;     // what the client makes of the connection
  bool mutual : 1 = false;  // with the mesh's certificates
  config::TransportFit fit = config::TransportFit::kFits;  // of both ends' TLS
  std::uint16_t port = 80;
  std::uint32_t edge = kNone;    // of requests that end there
  std::uint32_t misfit = kNone;  // why not kFits, in Model::misfits
};

/// A health check of a host.
struct CheckModel {
  enum class How : std::uint8_t { kHttp, kTcp, kGrpc };
  How how = How::kHttp;
  Target target;
  std::uint32_t head = kNone;  // in Model::heads; of TCP none
};

struct ProxyModel {
  std::uint32_t configuration = 0, pod = kNone;
  bool inbound = false;  // upstream it has its pod's application
  bool serves = false;   // downstream it has streams that come to its pod, not its pod's calls
};

/// What becomes of a configuration when the mesh's changes.
struct LaterConfiguration {
  std::uint32_t epoch = 0;   // ChangeModel::epoch, from which on it is so
  std::uint32_t number = 0;  // of all configurations of the model, as a decision log counts them
  std::unique_ptr<policies::Configuration> rules;
  policies::ClusterNumbers numbers;
  std::string bootstrap;
};

/// A configuration with what the simulator adds to it, which holds for the later ones, too.
struct ConfigurationModel {
  std::unique_ptr<policies::Configuration> rules;
  std::vector<LaterConfiguration> later;  // in order; where a change changes nothing there is none
  policies::ClusterNumbers numbers;       // of its clusters, where there are later ones
  std::uint32_t source = kNone;           // workload whose proxies run it
  std::vector<Target> targets;            // by host number of the epoch
  std::vector<std::pair<std::uint16_t, std::uint32_t>> listeners;  // port, index
  std::vector<std::uint32_t> receives;       // by listener: its rules for heads, in Model::heads
  std::vector<std::uint32_t> cluster_edges;  // by cluster: the edge of requests that met no host
  std::vector<policies::Provenance> cluster_origins;  // likewise: its DestinationRule
  std::vector<std::uint32_t> by_dns;  // clusters whose hosts are the answer to a name
  std::vector<std::uint8_t> fixed;    // by cluster: nobody discovers its hosts; empty: all are
  std::vector<CheckModel> checks;     // by number (Epoch::check_at); empty: no cluster has any
  bool rewrites = false, hashes_clients = false;  // some route changes heads, hashes addresses
  std::string bootstrap;                          // as text, when it is to be kept

  /// What holds from an epoch on; null: `rules`.
  const LaterConfiguration* at(std::uint32_t epoch) const {
    const LaterConfiguration* found = nullptr;
    for (const LaterConfiguration& one : later) {
      if (one.epoch <= epoch) found = &one;
    }
    return found;
  }
  std::uint32_t listener_of(std::uint16_t port) const {
    for (const auto& [at, index] : listeners) {
      if (at == port) return index;
    }
    return kNone;
  }
};

}  // namespace squall::sim
