#include "scenarios/unknown_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "config/nearest_host.h"
#include "config/value.h"
#include "scenarios/sums.h"

namespace squall::scenarios {
namespace {

Diagnostic error_at(const config::Place& place, std::string what, std::string advice) {
  return {place.file ? *place.file : std::string(),
          place.line,
          place.column,
          Severity::kError,
          std::move(what),
          std::move(advice)};
}

/// The workload that the pod would be of; the longest name where several fit.
const WorkloadPods* owner_of(std::string_view pod, std::span<const WorkloadPods> workloads) {
  const WorkloadPods* found = nullptr;
  for (const WorkloadPods& one : workloads) {
    const bool fits = pod == one.name || pod.starts_with(one.name + '-');
    if (fits && (found == nullptr || one.name.size() > found->name.size())) found = &one;
  }
  return found;
}

std::string pods_of(const WorkloadPods& workload) {
  const std::vector<std::string>& pods = workload.pods;
  if (pods.empty()) return fmt::format("{} has no pod", workload.name);
  if (pods.size() == 1) return fmt::format("the only pod of {} is {}", workload.name, pods[0]);
  if (pods.back() == fmt::format("{}-{}", workload.name, pods.size() - 1)) {
    return fmt::format("the pods of {} are {} to {}", workload.name, pods.front(), pods.back());
  }
  constexpr std::size_t kMostListed = 5;
  std::vector<std::string_view> listed(pods.begin(), pods.end());
  const std::string more =
      fmt::format("{} more", listed.size() - std::min(listed.size(), kMostListed));
  if (listed.size() > kMostListed) {
    listed.resize(kMostListed);
    listed.push_back(more);
  }
  return fmt::format("the pods of {} are {}", workload.name, list_of(listed));
}

}  // namespace

Diagnostic unknown_name(const config::Place& place, std::string what, std::string_view name,
                        std::span<const std::string_view> names, std::string otherwise) {
  if (const auto near = config::nearest(name, names)) {
    otherwise = fmt::format("did you mean \"{}\"?", *near);
  }
  return error_at(place, std::move(what), std::move(otherwise));
}

Diagnostic unknown_host(const config::Place& place, std::string_view host, std::string_view ns,
                        std::span<const std::string> hosts) {
  const std::optional<std::string> near = config::nearest_host(host, ns, hosts);
  return error_at(place, fmt::format("no Service has the host \"{}\"", host),
                  near ? fmt::format("did you mean \"{}\"?", config::host_for_client(*near, ns))
                       : "declare the workload, or add its manifests");
}

Diagnostic unknown_workload(const config::Place& place, std::string_view name,
                            std::span<const std::string_view> names) {
  return unknown_name(place, fmt::format("there is no workload \"{}\"", name), name, names,
                      "declare it under workloads, or add its manifests");
}

Diagnostic unknown_source(const config::Place& place, std::string_view name,
                          std::vector<std::string_view> names) {
  names.emplace_back("outside");
  return unknown_workload(place, name, names);
}

Diagnostic unknown_pod(const config::Place& place, std::string_view pod,
                       std::span<const WorkloadPods> workloads) {
  std::string advice = "name a replica by its workload and number";
  if (const WorkloadPods* owner = owner_of(pod, workloads)) {
    advice = pods_of(*owner);
  } else if (!workloads.empty() && !workloads.front().pods.empty()) {
    advice += ", such as " + workloads.front().pods.front();
  }
  return error_at(place, fmt::format("there is no pod \"{}\"", pod), std::move(advice));
}

}  // namespace squall::scenarios
