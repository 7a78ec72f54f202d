// How many workers manifests give a pod's sidecar.
//
// A ProxyConfig whose selector names the pod goes before the pod's annotation, that before one of
// its namespace, and that before one of the root namespace; of several the oldest counts. Where
// nothing says so it is the container's limit of CPU, rounded up. Source: Istio 1.31,
// pilot/pkg/model/proxy_config.go, and ProxyConfig's reference (`concurrency`).
#pragma once
#include <optional>
#include <string>

#include "config/resources.h"

namespace squall::config {

/// None: nothing says so, or it is as many as the machine has cores.
std::optional<int> sidecar_workers(const Resources& resources, const std::string& root_namespace,
                                   const Labels& labels, const std::string& ns,
                                   const SidecarAnnotations& annotations);

}  // namespace squall::config
