// Overload: how pressed the process is, and how far the overload manager's actions go for that.
//
// Measured when refresh() is called. The heap is what the allocator holds.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/filter/overload.h"

namespace squall::proxy {

class Overload {
 public:
  explicit Overload(std::optional<policies::OverloadConfig> config);
  bool configured() const { return config_.has_value(); }
  Duration refresh_interval() const { return config_->refresh_interval; }
  void refresh();
  /// 0 to 1.
  double level(policies::OverloadAction::Kind kind) const;
  /// Names and values as /stats has them.
  std::vector<std::pair<std::string, std::uint64_t>> stats() const;

 private:
  std::optional<policies::OverloadConfig> config_;
  std::vector<double> pressures_;  // by resource
  std::vector<double> levels_;     // by action
};

}  // namespace squall::proxy
