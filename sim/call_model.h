// Places that calls are made from, and where they lead.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "policies/base/ids.h"
#include "scenarios/model.h"

namespace squall::sim {

/// One place in the model from which a call is made: a step of a behaviour, or a load.
struct CallSite {
  std::uint32_t head = 0;
  std::uint32_t listener = kNone;       // of the caller's sidecar
  std::uint32_t service = kNone;        // the Service that the URL names
  std::uint16_t port = 80;              // the Service's
  std::uint64_t key = 0;                // of the call's draws, from its URL
  std::uint32_t unrouted_edge = kNone;  // of requests that its sidecar found no cluster for
  std::uint32_t waypoint = kNone;       // workload: the ztunnel of its caller leads it there
  std::uint32_t client = kNone;         // of Model::clients: the application's own library
  std::int64_t body = 0;                // bytes that a request sends
};

/// One of the things that a load asks.
struct alignas(64) LoadOperationModel {
  CallSite site;
  double below = 1;  // drawn by draws below this that none before it is drawn by
  std::string name;  // empty: the load has no mix
};

/// An application's client library: what replicas of a workload, or a load from outside, do about
/// one destination.
struct ClientModel {
  const scenarios::Client* settings = nullptr;
  std::uint32_t service = kNone;
  std::uint32_t workload = kNone;  // whose replicas have a state each
  std::uint32_t load = kNone;      // else the load from outside, which has one
};

struct ServiceModel {
  std::string host;                // fully qualified
  std::string name;                // NAME.NAMESPACE
  std::uint32_t waypoint = kNone;  // workload that calls by ztunnels go by
  struct Endpoint {
    std::uint16_t port = 80;  // the Service's
    std::uint32_t pod = kNone;
    std::uint16_t target_port = 80;
    std::uint32_t misfit = kNone;  // why a caller without a sidecar is cut off, in Model::misfits
  };
  std::vector<Endpoint> endpoints;
};

}  // namespace squall::sim
