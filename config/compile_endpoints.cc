// Endpoint lists: a cluster's endpoints by locality, with priorities and weights as the client sees
// them.
#include <algorithm>
#include <array>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

struct Group {
  Locality locality;
  std::vector<const MeshEndpoint*> endpoints;
  std::uint32_t weight = 0;
  std::uint32_t priority = 0;
};

std::string label_of(const Labels& labels, const Locality& locality, const std::string& node,
                     const std::string& key) {
  if (key == "topology.kubernetes.io/region") return locality.region;
  if (key == "topology.kubernetes.io/zone") return locality.zone;
  if (key == "topology.istio.io/subzone") return locality.subzone;
  if (key == "kubernetes.io/hostname") return node;
  const auto at = labels.find(key);
  return at == labels.end() ? std::string() : at->second;
}

/// How many of the labels, from the first on, are alike counts; the first difference ends it.
std::uint32_t rank(const std::vector<std::string>& labels, const Client& client,
                   const MeshEndpoint& endpoint) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t equals = labels[i].find('=');
    const std::string key = labels[i].substr(0, equals);
    const std::string wanted =
        equals != std::string::npos
            ? labels[i].substr(equals + 1)
            : label_of(client.labels(), client.pod->locality, client.pod->node, key);
    if (wanted != label_of(endpoint.labels, endpoint.locality, endpoint.node, key)) {
      return static_cast<std::uint32_t>(labels.size() - i);
    }
  }
  return 0;
}

std::uint32_t region_rank(const LocalitySetting& setting, const Locality& mine,
                          const Locality& theirs) {
  if (mine.region == theirs.region) {
    if (mine.zone != theirs.zone) return 2;
    return mine.subzone == theirs.subzone ? 0 : 1;
  }
  for (const auto& [from, to] : setting.failover) {
    if (from == mine.region) return theirs.region == to ? 3 : 4;
  }
  return 3;
}

bool locality_matches(const Locality& locality, std::string_view rule) {
  if (rule == "*") return true;
  const std::array<const std::string*, 3> parts = {&locality.region, &locality.zone,
                                                   &locality.subzone};
  for (const std::string* part : parts) {
    const std::string_view wanted = rule.substr(0, rule.find('/'));
    if (wanted.empty() || wanted == "*") return true;
    if (wanted != *part) return false;
    rule.remove_prefix(std::min(wanted.size() + 1, rule.size()));
  }
  return true;
}

/// Weights of localities by the first entry whose `from` fits; others lose their endpoints.
void distribute(const LocalitySetting& setting, const Locality& mine, std::vector<Group>& groups) {
  for (const LocalitySetting::Distribute& entry : setting.distribute) {
    if (!locality_matches(mine, entry.from)) continue;
    std::vector<bool> named(groups.size());
    for (const auto& [target, weight] : entry.to) {
      std::uint64_t total = 0;
      std::vector<std::size_t> hit;
      for (std::size_t i = 0; i < groups.size(); ++i) {
        if (named[i] || !locality_matches(groups[i].locality, target)) continue;
        named[i] = true;
        hit.push_back(i);
        total += groups[i].weight;
      }
      for (const std::size_t i : hit) {
        const std::uint64_t share = std::uint64_t{groups[i].weight} * weight;
        groups[i].weight = static_cast<std::uint32_t>((share + total - 1) / total);
      }
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (!named[i]) groups[i].endpoints.clear();
    }
    return;
  }
}

/// Groups of one locality split by rank.
std::vector<Group> split_by_rank(const std::vector<std::string>& labels, const Client& client,
                                 const std::vector<Group>& groups) {
  std::vector<Group> out;
  for (const Group& group : groups) {
    std::map<std::uint32_t, Group> parts;
    for (const MeshEndpoint* one : group.endpoints) {
      const std::uint32_t priority = rank(labels, client, *one);
      Group& part = parts[priority];
      part.locality = group.locality;
      part.priority = priority;
      part.endpoints.push_back(one);
      part.weight += one->weight;
    }
    for (auto& [priority, part] : parts) out.push_back(std::move(part));
  }
  return out;
}

/// Priorities 0, 1, 2 ... without gaps.
void compact(std::vector<Group>& groups) {
  std::map<std::uint32_t, std::uint32_t> order;
  for (const Group& one : groups) order[one.priority] = 0;
  std::uint32_t next = 0;
  for (auto& [from, to] : order) to = next++;
  for (Group& one : groups) one.priority = order[one.priority];
}

void apply_locality(const ClusterOf& of, const Client& client, const MeshConfig& config,
                    std::vector<Group>& groups) {
  const LocalityPlan plan = locality_plan(of, config);
  const Locality& mine = client.pod->locality;
  if (plan.setting.enabled == false) return;
  if (!plan.setting.distribute.empty()) return distribute(plan.setting, mine, groups);
  if (!plan.failover) return;
  const bool by_label = !plan.setting.failover_priority.empty();
  if (by_label) groups = split_by_rank(plan.setting.failover_priority, client, groups);
  if (!by_label || !plan.setting.failover.empty()) {
    for (Group& one : groups) {
      one.priority = one.priority * 5 + region_rank(plan.setting, mine, one.locality);
    }
  }
  compact(groups);
}

bool speaks_mtls(const Registry& registry, const ClusterOf& of, const MeshEndpoint& endpoint,
                 int target) {
  const ClientTls* tls = labelling_tls(of);
  if (tls != nullptr) return tls->mode == "ISTIO_MUTUAL";
  if (!endpoint.sidecar) return false;
  return registry.server_mode(endpoint.labels, of.service->ns, target).mode != MtlsMode::kDisable;
}

}  // namespace

LocalityPlan locality_plan(const ClusterOf& of, const MeshConfig& config) {
  LocalityPlan out;
  out.failover = of.policy.outlier.has_value();
  const std::string& near = of.service->traffic_distribution;
  if (of.policy.balancer && of.policy.balancer->locality) {
    out.setting = *of.policy.balancer->locality;
  } else if (near == "PreferClose" || near == "PreferSameZone" || near == "PreferSameNode") {
    out.failover = true;
    out.setting.failover_priority = {"topology.istio.io/network", "topology.kubernetes.io/region",
                                     "topology.kubernetes.io/zone"};
    if (near == "PreferSameNode") {
      out.setting.failover_priority.emplace_back("topology.istio.io/subzone");
      out.setting.failover_priority.emplace_back("kubernetes.io/hostname");
    }
  } else if (config.locality) {
    out.setting = *config.locality;
  }
  const bool chosen = !out.setting.failover.empty() || !out.setting.failover_priority.empty();
  out.weighted =
      out.setting.enabled != false && (!out.setting.distribute.empty() || (out.failover && chosen));
  return out;
}

Json endpoints_of(const Registry& registry, const Client& client, const ClusterOf& of) {
  const auto index = static_cast<std::size_t>(of.service->port_index(of.port->number));
  const bool healthy_only = of.policy.outlier && of.policy.outlier->min_health_percent > 0;
  std::map<Locality, Group> by_locality;
  for (const MeshEndpoint& one : of.service->endpoints) {
    if (index >= one.ports.size() || one.ports[index] == 0) continue;
    if (of.subset != nullptr && !contains(one.labels, of.subset->labels)) continue;
    if (healthy_only && one.health == MeshEndpoint::Health::kUnhealthy) continue;
    Group& group = by_locality[one.locality];
    group.locality = one.locality;
    group.endpoints.push_back(&one);
    group.weight += one.weight;
  }
  std::vector<Group> groups;
  for (auto& [locality, group] : by_locality) groups.push_back(std::move(group));
  apply_locality(of, client, registry.config(), groups);
  Json list = Json::array();
  for (const Group& group : groups) {
    Json out = Json::object();
    Json locality = Json::object();
    if (!group.locality.region.empty()) locality["region"] = group.locality.region;
    if (!group.locality.zone.empty()) locality["zone"] = group.locality.zone;
    if (!group.locality.subzone.empty()) locality["subZone"] = group.locality.subzone;
    if (!locality.empty()) out["locality"] = std::move(locality);
    if (group.priority > 0) out["priority"] = group.priority;
    out["loadBalancingWeight"] = group.weight;
    out["lbEndpoints"] = Json::array();
    for (const MeshEndpoint* one : group.endpoints) {
      const int port = one->ports[index];
      Json endpoint = {{"address", {{"address", one->address}, {"portValue", port}}}};
      if (one->health != MeshEndpoint::Health::kUnknown) {
        endpoint["healthStatus"] =
            one->health == MeshEndpoint::Health::kHealthy ? "HEALTHY" : "UNHEALTHY";
      }
      endpoint["loadBalancingWeight"] = one->weight;
      endpoint["tlsMode"] = speaks_mtls(registry, of, *one, port) ? "istio" : "disabled";
      if (one->pod != nullptr) endpoint["metadata"] = {{"pod", one->pod->full_name()}};
      out["lbEndpoints"].push_back(std::move(endpoint));
    }
    list.push_back(std::move(out));
  }
  return {{"endpoints", std::move(list)}};
}

}  // namespace squall::config
