// Findings: what stands out in a report and why, in sentences, the worst first.
//
// Looks at failed requests and the flags that explain them, limits that refused, retries that
// multiply load, replicas that were full or gone, ejections. It reads figures only and gives no
// advice on configuration.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.pb.h"

namespace squall::reports {

/// How names are shown: without the namespace when all workloads and services share one.
class Names {
 public:
  explicit Names(const RunReport& report);
  std::string operator()(std::string_view name) const;
  /// The same for the names in a sentence.
  std::string in_text(std::string text) const;
  /// "web -> app (v2)".
  std::string edge(const Edge& edge) const;

 private:
  std::string suffix_;  // ".shop"; empty: shown in full
};

/// Requests that failed or were never answered.
std::uint64_t lost(const Edge& edge);
std::uint64_t overflows(const Edge& edge);

std::vector<std::string> findings(const RunReport& report);
/// Of these, what is said of requests that matched no route: they succeed, so that a run which
/// passes may hide that a mesh is cut off.
std::vector<std::string> unrouted(const RunReport& report);

/// A sentence for each load whose users hold connections.
std::vector<std::string> held_connections(const RunReport& report);

}  // namespace squall::reports
