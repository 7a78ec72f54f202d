// Hashed: ring hash and Maglev, with or without a bound on a host's load.
//
// The table comes with the change when all hosts are meant, so that workers share it; for fewer it
// is built here, once for each new set of them. Cost: see hash_table.h and bounded_load.h.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/lb/balancer.h"
#include "policies/lb/hash_table.h"

namespace squall::policies::lb {

class Hashed final : public Strategy {
 public:
  bool on_hosts(const HostChange& change) override;
  std::size_t pick(const HostView& view, Draws& draws) override;

 private:
  std::uint32_t bounded(std::uint32_t entry, const HostView& view, std::uint64_t hash);

  const HashTable* table_ = nullptr;
  std::unique_ptr<const HashTable> own_;  // when `table_` is this worker's
  std::uint32_t balance_factor_ = 0;
  std::vector<std::uint32_t> built_for_;  // hosts of a table of our own
  std::vector<std::uint32_t> order_;      // scratch
};

}  // namespace squall::policies::lb
