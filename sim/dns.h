// Dns: what sidecars know of names, while who resolves them fails or has old answers.
//
// A ServiceEntry with resolution DNS is a name that stands for the pods that it selects. Usually a
// sidecar knows at once who that is. In a fault it goes on with what it knew when that began, as
// Envoy does with hosts of a cluster whose name is not resolved; a cluster that has never been
// resolved, that of a sidecar which begins meanwhile, has no host, unless answers are stale. When
// the last fault ends it knows all. Cost: none without such faults.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "policies/base/ids.h"

namespace squall::sim {

struct World;
struct LinkFault;

class Dns {
 public:
  explicit Dns(World& world) : world_(world) {}

  /// What a proxy knows of a cluster: so many changes of endpoints; kNone: it has no answer at all.
  /// None: what it usually knows.
  std::optional<std::uint32_t> known(std::uint32_t proxy, std::uint32_t cluster) const {
    if (held_.empty()) [[likely]]
      return std::nullopt;
    const auto at = held_.find({proxy, cluster});
    return at == held_.end() ? std::nullopt : std::optional(at->second.known);
  }
  void on_fault(std::uint32_t fault, bool begins);
  /// A replica starts, and so does its sidecar.
  void on_start(std::uint32_t pod);
  /// A proxy gets a cluster that it did not have.
  void on_new_cluster(std::uint32_t proxy, std::uint32_t cluster);

 private:
  struct Held {
    std::uint32_t known = kNone;
    std::uint32_t stale = 0, failing = 0;  // faults
    std::uint32_t answer = 0;              // of who is stale
  };
  void begin(std::uint32_t proxy, std::uint32_t cluster, bool stale);
  void end(std::uint32_t proxy, std::uint32_t cluster, bool stale);
  void ask(std::uint32_t proxy, std::uint32_t cluster, Held& held);
  bool concerns(const LinkFault& link, std::uint32_t proxy, std::uint32_t cluster) const;

  World& world_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Held> held_;  // by proxy and cluster
};

}  // namespace squall::sim
