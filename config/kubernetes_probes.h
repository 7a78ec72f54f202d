// Probes of a container: how a kubelet finds out whether it lives and is ready.
//
// With the API's defaults filled in. Source: the Kubernetes API, core/v1 Probe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/fields.h"
#include "policies/base/time.h"

namespace squall::config {

struct Probe {
  /// A request, that counts by its status; a connection; a command, of which nothing is known here.
  enum class How : std::uint8_t { kHttp, kTcp, kExec };
  How how = How::kHttp;
  std::string path = "/";  // kHttp
  Duration initial_delay{};
  Duration period = std::chrono::seconds(10);
  Duration timeout = std::chrono::seconds(1);
  int failure_threshold = 3;  // in a row, until it is taken for failed
  int success_threshold = 1;
  Place place;
};

struct Probes {
  std::optional<Probe> readiness, liveness, startup;
  bool any() const { return readiness || liveness || startup; }
};

/// Of one container; those that are set already stay.
void read_probes(Fields& container, Probes& out);

}  // namespace squall::config
