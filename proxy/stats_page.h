// StatsPage: counters and gauges as an admin page prints them: text, JSON, or Prometheus' format.
//
// Parameters as Envoy's: filter (RE2), usedonly (what is not 0), type, format. Names become
// Prometheus' as Envoy makes them: what names a cluster, a listener's prefix, a status or its class
// becomes a label. Not for hot paths.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <re2/re2.h>

#include "policies/machine/stats_view.h"

namespace squall::proxy {

struct AdminPage {
  std::uint16_t status = 200;
  std::string_view type = "text/plain; charset=UTF-8";
  std::string body;
};

/// The parameters of a request, decoded.
class AdminQuery {
 public:
  explicit AdminQuery(std::string_view text);
  /// None: it is not there.
  std::optional<std::string> value(std::string_view name) const;
  AdminQuery with(std::string_view name, std::string_view value) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

AdminPage bad_regex(const re2::RE2& regex);
/// `clusters`: their names, which tell where a name ends.
AdminPage print_stats(const AdminQuery& query, std::span<const policies::NamedStat> stats,
                      std::span<const std::string_view> clusters);

}  // namespace squall::proxy
