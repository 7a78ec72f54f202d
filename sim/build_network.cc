// Zones of a Model, and what messages between them take.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/unknown_name.h"
#include "sim/build_parts.h"
#include "sim/zones.h"

namespace squall::sim {
namespace {

constexpr std::size_t kMostZones = 256;

/// "REGION/ZONE", or as much of it as is known.
std::string name_of(const config::Locality& locality) {
  std::string name = locality.region;
  for (const std::string* part : {&locality.zone, &locality.subzone}) {
    if (!part->empty()) name += "/" + *part;
  }
  return name;
}

}  // namespace

std::uint32_t Builder::zone(std::string name) {
  std::vector<std::string>& zones = model_->network.zones;
  const auto known = std::ranges::find(zones, name);
  const auto index = static_cast<std::uint32_t>(known - zones.begin());
  if (known == zones.end()) zones.push_back(std::move(name));
  return index;
}

/// False, after reporting: nobody is there.
bool Builder::check_zone(const std::string& wanted, const config::Place& place) {
  const std::vector<std::string>& zones = model_->network.zones;
  const auto is_there = [&](const std::string& zone) { return in_zone(zone, wanted); };
  if (wanted.empty() || std::ranges::any_of(zones, is_there)) return true;
  std::vector<std::string_view> names;
  for (const std::string& zone : zones) {
    if (!zone.empty()) names.push_back(zone);
  }
  problems_.add(scenarios::unknown_name(
      place, fmt::format("nobody is in zone \"{}\"", wanted), wanted, names,
      names.empty() ? "write zones: {east/1: 4} under a workload, or label its Nodes"
                    : "zones are " + scenarios::list_of(names)));
  return false;
}

void Builder::set_link(const scenarios::ZoneLink& from, std::size_t index) {
  NetworkModel& network = model_->network;
  network.links[index] = &from.latency;
  if (!network.ns_per_byte.empty())
    network.ns_per_byte[index] = from.bandwidth ? 8e9 / *from.bandwidth : 0;
}

void Builder::add_network() {
  NetworkModel& network = model_->network;
  for (std::uint32_t i = 0; i < model_->pods.size(); ++i)
    model_->pods[i].zone = zone(name_of(mesh_pods_[i]->locality));
  for (LoadModel& load : model_->loads) load.zone = zone(load.load->zone);
  const scenarios::Network& declared = scenario_.network;
  const std::size_t n = network.zones.size();
  if (n > kMostZones) {
    add(Severity::kError, {}, fmt::format("{} zones", n), fmt::format("at most {}", kMostZones));
    return;
  }
  network.links.assign(n * n, declared.latency ? &*declared.latency : nullptr);
  if (std::ranges::any_of(declared.zones, [](auto& link) { return link.bandwidth.has_value(); }))
    network.ns_per_byte.assign(n * n, 0);
  for (auto link = declared.zones.rbegin(); link != declared.zones.rend(); ++link) {
    if (!check_zone(link->one, link->place) || !check_zone(link->other, link->place)) continue;
    for (std::size_t from = 0; from < n; ++from) {
      for (std::size_t to = 0; to < n; ++to) {
        const std::string &a = network.zones[from], &b = network.zones[to];
        if ((in_zone(a, link->one) && in_zone(b, link->other)) ||
            (in_zone(b, link->one) && in_zone(a, link->other)))
          set_link(*link, from * n + to);
      }
    }
  }
}

}  // namespace squall::sim
