// Graph: who calls whom, how often and with what luck, as a solver takes it.
//
// Plain tables that refer to each other by number. An operation is one behaviour of a workload; its
// calls are made in steps, and each call says by which ways its requests go. What an answer may be
// is a short list of kinds, as far as callers or retries tell answers apart. Whoever makes a graph
// knows where it is from (a scenario, traces); here is no YAML and no mesh.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "policies/base/ids.h"

namespace squall::topology {

/// Of answers: what callers do about one.
struct Kind {
  std::string name;
  bool failure = false;  // a caller that does not ignore it fails itself
};

struct Workload {
  std::string name;
  std::uint32_t replicas = 0;
  std::uint32_t slots = 0;  // requests that a replica holds at once, calls included; 0: no limit
  std::uint32_t cores = 0;  // of a replica, for own work; 0: no limit
};

/// Between whom requests are counted.
struct Edge {
  std::string source, service, subset, destination;
  std::uint32_t from = kNone;  // workload; none: outside
  std::uint32_t to = kNone;    // workload; none: nobody is there
};

/// Where an attempt may go.
struct Target {
  std::uint32_t edge = kNone;
  std::uint32_t operation = kNone;
  double share = 1;  // of the way's attempts
};

/// One way of a call's requests: an entry of a weighted route, with its retries.
struct Way {
  double share = 1;              // of the call's requests; of copies: a part besides
  std::vector<Target> targets;   // shares add up to 1; none: answered before anybody is asked
  std::uint32_t answer = 0;      // without targets: this kind
  std::uint32_t edge = kNone;    // likewise: where such requests count
  std::uint32_t retries = 0;     // at most
  std::vector<bool> retried;     // by kind
  bool copy = false;             // a mirror's: nobody waits for the answer
  double timeout_s = 0;          // of the request, all attempts; 0: none
  double attempt_timeout_s = 0;  // of an attempt; 0: none
};

struct Call {
  std::vector<Way> ways;
  double probability = 1;  // of each of the `times`
  std::uint32_t times = 1;
  double delay_s = 0;           // on the way, on average
  bool ignores_errors = false;  // its caller goes on when it fails
  std::uint32_t answer = 0;     // else this kind is what its caller answers at once
};

struct Step {
  std::vector<Call> calls;
  bool parallel = false;  // all at once, else one after the other
};

struct Share {
  std::uint32_t kind = 0;
  double share = 0;
};

/// Own work, then perhaps an error, then the steps in order.
struct Operation {
  std::uint32_t workload = kNone;
  std::string name;  // empty: what a workload usually does
  double work_s = 0;
  std::vector<Share> errors;  // parts of all its requests
  std::vector<Step> steps;
};

struct Load {
  std::string name;
  std::uint32_t from = kNone;  // workload; none: outside
  double per_s = 0;            // of an open one
  std::uint32_t users = 0;     // of a closed one; 0: open
  double think_s = 0;
  Call call;
};

struct Graph {
  std::vector<Kind> kinds;  // 0: success
  std::uint32_t down = 0;   // the kind that a workload answers which is down
  std::vector<Workload> workloads;
  std::vector<Operation> operations;
  std::vector<Edge> edges;
  std::vector<Load> loads;
};

}  // namespace squall::topology
