// Loads of a scenario: who asks what, and when.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/document.h"
#include "policies/base/distributions.h"
#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "scenarios/client_model.h"
#include "scenarios/url.h"

namespace squall::scenarios {

/// From `at` the rate goes to `per_s`, in a straight line over `ramp`.
struct RateStep {
  Duration at{};
  double per_s = 0;
  Duration ramp{};
};

/// Each request has a key: `of` keys, the k-th drawn in proportion to k^-s.
struct Keys {
  double s = 0;
  std::uint32_t of = 0;  // 0: none is drawn, a trace has them
  std::string header;    // that tells it, in lower case; empty: none does
};

/// One of the things that a load asks.
struct LoadOperation {
  std::string name{};  // empty: the load has no mix
  double weight = 1;   // > 0: its part of the requests is in proportion to that
  Url to{};
  std::string method = "GET";
  std::vector<Header> headers{};
};

/// One of a trace.
struct Arrival {
  Duration at{};
  std::uint32_t operation = kNone;  // of the load's; none: drawn by their weights
  std::uint32_t key = kNone;        // from 0; none: as the load's keys are drawn, if it has any
};

/// Of each user to its load's destination, for as long as they last.
struct HeldConnections {
  int per_user = 1;
  Duration timeout{};            // of one in the making
  std::optional<Backoff> retry;  // absent: a lost one is made for the next request
};

struct Load {
  enum class Kind : std::uint8_t { kOpen, kClosed, kTrace };
  enum class Where : std::uint8_t {
    kWorkload,  // it is sent by replicas of a workload
    kOutside,   // by nobody's, without a sidecar, to a random ready pod
    kGateway,   // its users stand before a Gateway
  };
  enum class Arrivals : std::uint8_t { kPoisson, kConstant };
  std::string name;
  config::Place place;
  Where where = Where::kWorkload;
  WorkloadRef from;                       // that workload or Gateway
  std::string zone;                       // kOutside; empty: nowhere
  std::vector<LoadOperation> operations;  // >= 1; one, without a name, where there is no mix
  std::int64_t body = 0;                  // bytes that each request sends
  std::optional<Keys> keys;
  Kind kind = Kind::kOpen;
  Arrivals arrivals = Arrivals::kPoisson;      // kOpen
  std::vector<RateStep> steps;                 // kOpen: in order of `at`; before the first: none
  int users = 0;                               // kClosed
  std::optional<Distribution> think;           // kClosed: pause before each request; absent: none
  bool once = false;                           // kClosed: each user has one request, and leaves
  std::vector<Arrival> trace;                  // kTrace: in order of `at`
  std::optional<HeldConnections> connections;  // kClosed, outside; absent: they are there
  std::optional<Client> client;                // absent: one try, without a timeout of its own

  bool outside() const { return where == Where::kOutside; }
  bool gateway() const { return where == Where::kGateway; }
};

}  // namespace squall::scenarios
