#include "policies/alike.h"

#include <algorithm>
#include <utility>

namespace squall::policies {
namespace {

bool is_fault(const Filter& filter) { return std::holds_alternative<FaultConfig>(filter.config); }

std::string_view why_not_to_change(const Epoch& epoch) {
  for (const Listener& listener : epoch.listeners) {
    if (listener.tcp) return "a listener passes TCP on";
    if (!std::ranges::all_of(listener.filters, is_fault)) return "a filter remembers requests";
    for (const VirtualHost& host : listener.routes.hosts) {
      if (!host.virtual_clusters.list.empty()) return "there are virtual clusters";
    }
  }
  for (const ClusterConfig& cluster : epoch.clusters) {
    if (!cluster.health_checks.empty()) return "a cluster has health checks";
    if (cluster.subsets) return "a cluster has subsets";
  }
  return {};
}

/// The clusters of all epochs, by their numbers.
struct All {
  std::vector<ClusterConfig> clusters;
  std::vector<bool> known;

  /// False: a number is too large, stands twice in an epoch, or is another cluster's.
  bool add(const Epoch& epoch, const ClusterNumbers& numbers) {
    std::vector<bool> here(clusters.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const std::uint32_t number = numbers[i];
      if (number >= clusters.size() || here[number]) return false;
      here[number] = true;
      if (!known[number]) clusters[number] = epoch.clusters[i];
      known[number] = true;
      if (clusters[number].name != epoch.clusters[i].name) return false;
    }
    return true;
  }
};

}  // namespace

std::string_view number_alike(std::span<Epoch> epochs, std::span<const ClusterNumbers> numbers,
                              std::uint32_t family) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (numbers[i].size() != epochs[i].clusters.size()) return "some clusters have no number";
    if (!std::ranges::equal(epochs[i].listeners, epochs.front().listeners, {}, &Listener::name,
                            &Listener::name))
      return "they have other listeners";
    if (const std::string_view why = why_not_to_change(epochs[i]); !why.empty()) return why;
    for (const std::uint32_t number : numbers[i]) most = std::max<std::size_t>(most, number + 1UL);
  }
  std::size_t count = 0;
  for (const Epoch& epoch : epochs) count += epoch.clusters.size();
  All all{std::vector<ClusterConfig>(std::min(most, count)),
          std::vector<bool>(std::min(most, count))};
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (!all.add(epochs[i], numbers[i])) return "numbers of clusters are wrong";
  }
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    epochs[i].absent.assign(all.clusters.size(), true);
    for (const std::uint32_t number : numbers[i]) epochs[i].absent[number] = false;
    epochs[i].clusters = all.clusters;
    epochs[i].family = family;
  }
  return {};
}

}  // namespace squall::policies
