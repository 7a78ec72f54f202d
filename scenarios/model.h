// Scenario: everything that a run is a function of. Read once, checked, then const.
//
// Plain values with the names that the user wrote. What names mean (which pods a workload has,
// which Service a URL reaches) is settled once the manifests are compiled; places are kept for its
// errors. Source: docs of the scenario format; `squall schema scenario` prints the same as a JSON
// Schema.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/document.h"
#include "policies/base/distributions.h"
#include "policies/base/result.h"
#include "policies/base/time.h"
#include "scenarios/change_model.h"
#include "scenarios/expectations.h"
#include "scenarios/load_model.h"
#include "scenarios/workload_model.h"

namespace squall::scenarios {

struct Fault {
  enum class Kind : std::uint8_t {
    kSlow,
    kError,
    kCrash,
    kHang,
    kSurge,
    kUnready,
    kFlush,  // of caches, once
    kCpu,
    kCertificate,
    kDns,
    kPartition,  // from here on: of messages
    kLoss,
    kDelay,
    kDropConnections
  };
  enum class Direction : std::uint8_t { kBoth, kTo, kFrom };
  // kDefault: kContainer where a sidecar is
  enum class Of : std::uint8_t { kDefault, kPod, kContainer, kNode };
  Kind kind = Kind::kSlow;
  config::Place place;
  Duration at{};
  std::optional<Duration> lasts;  // absent: to the end
  Duration ramp{};       // from `at`: `factor` grows from 1, `ratio` from 0 in a straight line
  WorkloadRef workload;  // one of these is set
  bool proxies = false;  // of its replicas, their sidecars
  WorkloadRef pod;
  std::vector<std::pair<std::string, std::string>> labels;
  std::string zone;
  WorkloadRef edge_from, edge_to;  // of messages
  std::string load;                // kSurge
  double share = 1;                // (0, 1] of those replicas, rounded up; the same ones throughout
  // kSlow: one of latency and factor; kSurge, kCpu: factor; kDelay: latency
  std::optional<Distribution> latency;
  double factor = 1;
  double ratio = 1;                        // of the requests; kLoss: of the messages
  Direction direction = Direction::kBoth;  // of messages: towards the target, or away from it
  ErrorSpec error;                         // kError
  Of of = Of::kDefault;                    // kCrash
  std::optional<Duration> restart_after;  // kCrash; absent: stays down for `lasts`, else to the end
  std::optional<Duration> behind;         // kCertificate: their clocks; absent: it has expired
  bool stale = false;                     // kDns: answers stay as they are; else there are none
};

/// How long after the load's end what is under way may still be answered.
inline constexpr Duration kDrain = std::chrono::minutes(10);

struct Mesh {
  bool injection = true;  // whether workloads that the scenario makes up are in the mesh
  bool ambient = false;   // by ztunnels instead of sidecars
  SidecarCost sidecar;
  std::optional<Distribution> push_delay;  // until a proxy has a change; absent: none
  Duration certificate_lifetime = std::chrono::hours(24);
};

/// Between two zones, or within one; REGION stands for all of its zones.
struct ZoneLink {
  std::string one, other;
  Distribution latency;
  std::optional<double> bandwidth;  // bits a second, of each request's body; absent: no time
  config::Place place;
};

/// What is not set takes no time.
struct Network {
  std::vector<ZoneLink> zones;          // the first that fits counts instead of `latency`
  std::optional<Distribution> latency;  // of a message from one pod to another, one way
  int connect_round_trips = 0;          // before a connection is made
  int tls_round_trips = 0;              // of TLS, after those
  Duration tls_cpu{};                   // of each end's TLS
  double loss = 0;                      // share of the messages that are sent again
};

struct Scenario {
  std::string name;
  std::string file;  // as the user named it
  std::vector<config::Node>
      manifests;  // Kubernetes and Istio documents, in order; none stands twice
  std::uint64_t seed = 1;
  Duration warmup{};
  Duration duration = std::chrono::seconds(60);  // of load, warm-up included
  Mesh mesh;
  Network network;
  std::vector<Workload> workloads;
  std::vector<Load> loads;
  std::vector<Fault> faults;
  std::vector<Change> changes;
  std::vector<Expectation> expectations;
  Diagnostics warnings;   // found while reading
  config::Node document;  // the Scenario itself, with all that was changed of it
};

}  // namespace squall::scenarios
