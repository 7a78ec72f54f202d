#include "config/sidecar_workers.h"

#include <algorithm>
#include <array>

namespace squall::config {

std::optional<int> sidecar_workers(const Resources& resources, const std::string& root_namespace,
                                   const Labels& labels, const std::string& ns,
                                   const SidecarAnnotations& annotations) {
  const ProxyConfig* workload = nullptr;
  const ProxyConfig* space = nullptr;
  const ProxyConfig* mesh = nullptr;
  const auto take = [](const ProxyConfig*& best, const ProxyConfig& one) {
    if (best == nullptr || older(one.meta, best->meta)) best = &one;
  };
  for (const ProxyConfig& one : resources.proxy_configs) {
    if (!one.concurrency) continue;
    if (one.selector) {
      if (one.meta.ns == ns && contains(labels, *one.selector)) take(workload, one);
    } else if (one.meta.ns == root_namespace) {
      take(mesh, one);
    } else if (one.meta.ns == ns) {
      take(space, one);
    }
  }
  const auto of = [](const ProxyConfig* one) {
    return one == nullptr ? std::optional<int>() : one->concurrency;
  };
  const std::array said = {of(workload), annotations.concurrency, of(space), of(mesh)};
  const auto first = std::ranges::find_if(said, &std::optional<int>::has_value);
  if (first != said.end()) return **first > 0 ? *first : std::nullopt;
  if (annotations.cpu_limit == 0) return std::nullopt;
  return static_cast<int>((annotations.cpu_limit + 999) / 1000);
}

}  // namespace squall::config
