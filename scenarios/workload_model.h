// Workloads of a scenario: how their replicas behave and whom they call.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/document.h"
#include "policies/base/distributions.h"
#include "policies/base/time.h"
#include "scenarios/backoff.h"
#include "scenarios/capacity_model.h"
#include "scenarios/client_model.h"
#include "scenarios/url.h"

namespace squall::scenarios {

/// Answers that are errors: drawn after the work, before any call; the first that is hit wins.
struct ErrorSpec {
  enum class In : std::uint8_t { kHeaders, kTrailers };
  double ratio = 0;         // [0, 1], of all requests (not of those that the entries before left)
  int status = 500;         // HTTP status; 200 with grpc
  std::optional<int> grpc;  // grpc-status
  In in = In::kHeaders;     // where the grpc-status stands: a trailers-only answer, or after a body
  std::optional<Distribution> latency;  // the own work of such a request, instead of the usual
  std::vector<std::uint16_t> sequence;  // instead: what a replica answers one after the other
};

/// What a caller does when a call fails (reset, timeout, status >= 500 or grpc-status != 0).
struct OnError {
  enum class Kind : std::uint8_t { kFail, kIgnore, kAnswer };
  Kind kind = Kind::kFail;  // kFail: 500 (gRPC 13) at once
  int status = 500;         // kAnswer; 200 with grpc
  std::optional<int> grpc;  // kAnswer: grpc-status, in the headers
};

/// One step of what a request has done for it.
struct Step {
  enum class Kind : std::uint8_t {
    kCall,
    kParallel,  // calls that start together
    kWork,      // own work
    kChoose,    // one of several branches
    kBranch,    // of kChoose
    kCache,     // its steps are for what it does not have
  };
  Kind kind = Kind::kCall;
  config::Place place;
  // kCall
  Url to;
  std::string method = "GET";
  std::vector<Header> headers;
  double probability = 1;  // drawn for each of the `times`
  int times = 1;           // one after the other; below `parallel`, all at once
  OnError on_error;
  std::optional<Client> client;  // absent: one try, without a timeout of its own
  std::int64_t body = 0;         // bytes that it sends
  bool detach = false;           // nobody waits for its answer
  double await = 1;              // kParallel: goes on when so large a share of the answers has come
  std::optional<Distribution> work;  // kWork
  bool by_key = false;               // kChoose: the same branch for the same key, else by chance
  double weight = 1;                 // kBranch
  CacheSpec cache;                   // kCache
  std::vector<Step> steps;           // of kParallel, kBranch, kCache; the branches of kChoose
};

/// How a request is handled: work, then perhaps an error, then the calls in order.
struct Behaviour {
  std::optional<Distribution> latency;  // own work; absent: none
  std::vector<ErrorSpec> errors;
  std::vector<Step> calls;
};

struct TextMatch {
  enum class Kind : std::uint8_t { kExact, kPrefix, kRegex };
  Kind kind = Kind::kExact;
  std::string text;  // kRegex: RE2, the whole text must match
};
struct HeaderMatch {
  std::string name;  // lower case
  TextMatch value;
};
struct RequestMatch {
  std::optional<TextMatch> path;  // without the query
  std::string method;             // empty: any
  std::vector<HeaderMatch> headers;
};

/// Other behaviour for some requests; what it does not say is its workload's already.
struct Operation {
  std::string name;
  RequestMatch match;
  Behaviour behaviour;
};

/// What a replica does between its container's start and its first request. A failed call, or one
/// that lasts too long, ends the container, which starts again.
struct Start {
  std::optional<Distribution> delay;   // before the calls; absent: none
  std::vector<Step> calls;             // by its own sidecar
  std::optional<Duration> fail_after;  // the calls together
  Backoff backoff{.base = std::chrono::seconds(10),
                  .factor = 2,
                  .max = std::chrono::minutes(5),
                  .jitter = Backoff::Jitter::kNone};  // as Kubernetes does
  Duration warm_for{};     // once it serves, its work takes `warm_factor` times as long, falling
  double warm_factor = 1;  // to 1
};

/// An address by which an Envoy configuration names a replica.
struct ReplicaAddress {
  std::string text;  // "ADDRESS:PORT", of IPv6 "[ADDRESS]:PORT"
  config::Place place;
};

struct Workload {
  WorkloadRef ref;
  config::Place place;
  std::vector<std::pair<std::string, int>> zones;  // REGION/ZONE, how many replicas; in order
  std::optional<int> replicas;                     // absent: as the manifests say, else 1
  std::optional<int> concurrency;  // requests held at once by a replica; absent: no limit
  Queue queue;
  std::optional<Handshake> handshake;
  std::vector<ContentionPoint> contention;  // in ascending order; empty: none
  std::optional<RateLimit> rate_limit;      // of one replica
  std::optional<Cpu> cpu;                   // absent: work of any number of requests at full speed
  Cancelled cancelled = Cancelled::kFinish;
  bool honours_deadlines = false;
  Behaviour behaviour;
  std::vector<Operation> operations;      // the first that matches wins
  std::vector<ReplicaAddress> addresses;  // of its first replicas
  std::optional<config::Node> envoy;   // a bootstrap for what its sidecars send; absent: the mesh's
  std::optional<int> sidecar_workers;  // absent: as of all sidecars
  std::optional<Start> start;          // absent: a replica serves as soon as it is started
};

}  // namespace squall::scenarios
