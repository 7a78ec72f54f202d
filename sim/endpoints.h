// Endpoints: which pods service discovery names, and what each proxy knows of that.
//
// Changes are numbered; a proxy has seen those up to a number, of which its clusters' members
// follow. Members are worked out once for all proxies with one configuration. Cost: none until the
// first change; then, for each proxy, that of the clusters that have the pod.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "policies/lb/layout.h"
#include "sim/event.h"
#include "sim/model.h"

namespace squall::sim {

struct World;

class Endpoints {
 public:
  explicit Endpoints(World& world) : world_(world) {}

  bool has(std::uint32_t pod) const { return pods_.empty() || pods_[pod].listed; }
  /// From now on; each proxy learns of it when the control plane's push reaches it.
  void set(std::uint32_t pod, bool listed);
  /// Before the run begins, when every proxy knows.
  void leave_out(std::uint32_t pod);
  /// A proxy begins anew: it gets what holds now.
  void on_proxy_start(std::uint32_t proxy);
  void on_push(const Event& event);
  /// How many of the changes a proxy has seen.
  std::uint32_t seen(std::uint32_t proxy) const { return pods_.empty() ? 0 : seen_[proxy]; }
  /// It learns who is in one of its clusters.
  void tell_of(std::uint32_t proxy, std::uint32_t cluster);
  /// Rules have changed: of clusters that the proxy did not have before it learns who is there.
  void on_new_clusters(std::uint32_t proxy, const policies::Epoch& before);

 private:
  struct Listing {
    bool listed = true;
    std::vector<std::uint32_t> turns;  // changes of it, from which it is or is not listed
  };
  struct Place {
    std::uint32_t cluster, host;  // the host's number in the cluster
  };
  using Places = std::vector<std::vector<Place>>;  // by pod

  bool change(std::uint32_t pod, bool listed);
  void tell(std::uint32_t proxy, std::uint32_t up_to);
  const policies::lb::ClusterLayout& members(std::uint32_t configuration, std::uint32_t cluster,
                                             std::uint32_t up_to);
  const Places& places(std::uint32_t configuration);

  World& world_;
  std::vector<Listing> pods_;           // empty: nothing ever changed
  std::vector<std::uint32_t> changes_;  // pods, in order
  std::vector<std::uint32_t> seen_;     // by proxy: how many of the changes
  std::vector<Places> places_;          // by configuration; empty: not asked for yet
  /// By configuration, cluster, and the number of changes after which they are so.
  std::map<std::array<std::uint32_t, 3>, policies::lb::ClusterLayout> members_;
};

}  // namespace squall::sim
