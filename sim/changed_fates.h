// Changed fates: which requests of the loads ended otherwise on the other side, and how.
//
// Requests are matched by number, load by load. Every change is counted; of each kind (a load, what
// it was, what it became) the first are kept as examples. Cost: linear in the requests.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/diff_report.pb.h"
#include "sim/fates.h"

namespace squall::sim {

/// "200", "503 URX,UF", "200 grpc-status 14", "reset UC", "never answered".
std::string fate_text(const Fate& fate);

struct ChangedFate {
  std::uint32_t before_load = 0, after_load = 0;  // numbers in either model
  bool closed = false;
  Fate before, after;
};

class ChangedFates {
 public:
  static constexpr std::size_t kExamples = 20;

  /// Of one seed.
  ChangedFates(const Model& before, const Fates& one, const Model& after, const Fates& other);

  /// Adds another seed's counts; the examples stay the first seed's that has any.
  void merge(ChangedFates other);
  /// The counts, a load each.
  void put(reports::DiffReport& out) const;
  /// At most kExamples, by turns of each kind of change, the most frequent first.
  std::vector<ChangedFate> examples() const;
  /// By which seed's runs, counted from the first.
  std::size_t seed() const { return seed_; }

 private:
  struct Kind {
    std::uint64_t requests = 0;
    std::vector<ChangedFate> first;
  };
  struct OfLoad {
    std::string name;
    std::uint64_t compared = 0, changed = 0, only_before = 0, only_after = 0, not_kept = 0;
    std::map<std::pair<std::string, std::string>, Kind> kinds;
  };
  void compare(const ChangedFate& numbers, const Fates::OfLoad& one, const Fates::OfLoad& other);

  std::vector<OfLoad> loads_;  // those that are on both sides
  std::size_t seed_ = 0, seeds_ = 1;
};

}  // namespace squall::sim
