#include "sim/ready_endpoints.h"

#include <algorithm>

#include "sim/world.h"

namespace squall::sim {

std::span<const std::uint32_t> ReadyEndpoints::of(std::uint32_t service, std::uint16_t port) {
  if (lists_.empty()) lists_.resize(world_.model.services.size());
  std::vector<List>& lists = lists_[service];
  auto list = std::ranges::find(lists, port, &List::port);
  if (list == lists.end()) list = lists.insert(list, {.port = port, .changes = 0, .ready = {}});
  if (list->changes != changes_) {
    list->changes = changes_;
    list->ready.clear();
    const auto& endpoints = world_.model.services[service].endpoints;
    for (std::uint32_t i = 0; i < endpoints.size(); ++i) {
      if (endpoints[i].port == port && world_.is_ready(endpoints[i].pod)) list->ready.push_back(i);
    }
  }
  return list->ready;
}

}  // namespace squall::sim
