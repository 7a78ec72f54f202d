// ReadyEndpoints: of each service's endpoints at a port, those that are ready, for callers that
// choose by themselves.
//
// A list is made anew when it is asked for after something has changed. Cost: constant, and that of
// all endpoints of the service after a change.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace squall::sim {

struct World;

class ReadyEndpoints {
 public:
  explicit ReadyEndpoints(const World& world) : world_(world) {}

  /// Their numbers, in the service's order; good until something changes.
  std::span<const std::uint32_t> of(std::uint32_t service, std::uint16_t port);
  /// A pod has become ready, or is no more.
  void on_change() { ++changes_; }

 private:
  struct List {
    std::uint16_t port = 0;
    std::uint64_t changes = 0;  // after so many it is so
    std::vector<std::uint32_t> ready;
  };

  const World& world_;
  std::uint64_t changes_ = 1;
  std::vector<std::vector<List>> lists_;  // by service
};

}  // namespace squall::sim
