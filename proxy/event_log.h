// EventLog: what happens to hosts, a line of JSON each, as Envoy writes its outlier detection and
// health check event logs.
//
// Source: envoy/data/cluster/v3 and envoy/data/core/v3, and the lines of a live Envoy 1.40. Files
// are opened once, for appending. Cost: a line formatted and written for each event.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "policies/control.h"
#include "proxy/socket.h"

namespace squall::proxy {

class EventLog {
 public:
  /// Errors: files that cannot be written.
  Result<void> open(const policies::Configuration& configuration, const std::string& ejections);
  /// Control's events so far. `unix_ns_at_zero`: the wall clock at Instant 0.
  void write(const policies::Control& control, std::int64_t unix_ns_at_zero);

 private:
  void write_ejection(const policies::EjectionEvent& event, std::int64_t unix_ns_at_zero);
  void write_check(const policies::HealthCheckEvent& event, std::int64_t unix_ns_at_zero);

  const policies::Configuration* configuration_ = nullptr;
  Fd ejections_;
  std::map<std::string, Fd> checks_;  // by path
  struct Host {
    Instant ejected{}, returned{};  // latest
    std::uint32_t ejections = 0, returns = 0;
  };
  std::vector<Host> hosts_;
};

}  // namespace squall::proxy
