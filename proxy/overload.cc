#include "proxy/overload.h"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <optional>

namespace squall::proxy {
namespace {

/// None: there is no reading, and the one before stays.
std::optional<double> pressure_of(const policies::OverloadResource& resource) {
  if (resource.kind == policies::OverloadResource::Kind::kInjected) {
    double value = 0;
    if (!(std::ifstream(resource.file) >> value) || !(value >= 0 && value <= 1))
      return std::nullopt;
    return value;
  }
  if (resource.max_heap_bytes == 0) return 1;
  const struct mallinfo2 heap = ::mallinfo2();
  return static_cast<double>(heap.arena + heap.hblkhd) /
         static_cast<double>(resource.max_heap_bytes);
}

std::uint64_t percent(double share) { return static_cast<std::uint64_t>(share * 100 + 0.5); }

}  // namespace

Overload::Overload(std::optional<policies::OverloadConfig> config) : config_(std::move(config)) {
  if (!config_) return;
  pressures_.resize(config_->resources.size());
  levels_.resize(config_->actions.size());
}

void Overload::refresh() {
  for (std::size_t i = 0; i < pressures_.size(); ++i)
    pressures_[i] = pressure_of(config_->resources[i]).value_or(pressures_[i]);
  for (std::size_t i = 0; i < levels_.size(); ++i)
    levels_[i] = policies::level_of(config_->actions[i], pressures_);
}

double Overload::level(policies::OverloadAction::Kind kind) const {
  double level = 0;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (config_->actions[i].kind == kind) level = std::max(level, levels_[i]);
  }
  return level;
}

std::vector<std::pair<std::string, std::uint64_t>> Overload::stats() const {
  std::vector<std::pair<std::string, std::uint64_t>> list;
  if (!config_) return list;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const std::string prefix = "overload." + config_->actions[i].name;
    list.emplace_back(prefix + ".active", levels_[i] >= 1 ? 1 : 0);
    list.emplace_back(prefix + ".scale_percent", percent(levels_[i]));
  }
  for (std::size_t i = 0; i < pressures_.size(); ++i)
    list.emplace_back("overload." + config_->resources[i].name + ".pressure",
                      percent(pressures_[i]));
  return list;
}

}  // namespace squall::proxy
