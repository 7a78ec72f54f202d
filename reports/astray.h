// Astray: requests that no longer go where they went before a change.
//
// Who is answered 404 at once, or never comes to a workload, fares well by every figure; that it
// got there is what the figures take for granted. Two things count: a workload that got requests
// and gets none, and a call or a load of which a share more matches no route (NR). Cost: linear in
// the rows.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/report.pb.h"

namespace squall::reports {

inline constexpr double kStrayShare = 0.01;  // of the requests, that match no route and did

class Astray {
 public:
  /// The next seed's runs.
  void add(const RunReport& before, const RunReport& after);

  /// In sentences, with the causes that only the side after has; empty: none.
  std::vector<std::string> texts() const;
  /// Whether more match no route.
  bool unrouted() const;

 private:
  struct Side {
    std::uint64_t requests = 0, unrouted = 0;
    double share() const {
      return requests == 0 ? 0 : static_cast<double>(unrouted) / static_cast<double>(requests);
    }
  };
  struct Row {
    Side before, after;
    bool strays() const { return after.share() - before.share() >= kStrayShare; }
  };
  void add_side(const RunReport& report, Side Row::* side);

  std::map<std::string, Row> ways_, workloads_;
  std::set<std::string> known_causes_;
  std::vector<std::string> causes_;
};

}  // namespace squall::reports
