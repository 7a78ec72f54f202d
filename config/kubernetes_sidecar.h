// What a pod's annotations say of the size of its injected sidecar.
//
// Source: Istio's annotations proxy.istio.io/config (a ProxyConfig as YAML), and
// sidecar.istio.io/proxyCPULimit and proxyMemoryLimit, which are limits of the container.
#pragma once
#include <cstdint>
#include <optional>

#include "config/value.h"

namespace squall::config {

struct SidecarAnnotations {
  std::optional<int> concurrency;  // workers; 0: as many as the machine has cores
  std::int64_t cpu_limit = 0;      // millicores; 0: none
  std::int64_t memory_limit = 0;   // bytes; 0: none
  Place other_settings;            // of proxy.istio.io/config, beside concurrency; line 0: none
};

/// What cannot be read is reported, and left out.
void read_sidecar_annotations(const Value& annotations, SidecarAnnotations& out);

}  // namespace squall::config
