#include "policies/lb/hashed.h"

#include <algorithm>

#include "policies/lb/bounded_load.h"

namespace squall::policies::lb {

bool Hashed::on_hosts(const HostChange& change) {
  balance_factor_ = change.cluster.hashing.balance_factor;
  if (change.table != nullptr) {
    table_ = change.table;
    built_for_.clear();
  } else if (table_ == nullptr || built_for_.empty() ||
             !std::ranges::equal(built_for_, change.view.hosts)) {
    built_for_.assign(change.view.hosts.begin(), change.view.hosts.end());
    own_ = std::make_unique<HashTable>(change.cluster, change.own_locality, change.view.hosts);
    table_ = own_.get();
  }
  return true;
}

std::size_t Hashed::pick(const HostView& view, Draws& draws) {
  if (table_->empty()) return kNone;
  std::uint32_t entry = table_->at(draws.hash, draws.pick);
  if (balance_factor_ > 0) [[unlikely]]
    entry = bounded(entry, view, draws.hash);
  return table_->entries()[entry].position;
}

std::uint32_t Hashed::bounded(std::uint32_t entry, const HostView& view, std::uint64_t hash) {
  const auto entries = table_->entries();
  const auto overload = [&](std::uint32_t i) {
    const std::uint32_t slots = slots_of(entries[i].share, view.cluster_active, balance_factor_);
    return static_cast<double>(view.active[view.hosts[entries[i].position]]) / slots;
  };
  return pick_bounded(entry, static_cast<std::uint32_t>(entries.size()), hash, overload, order_);
}

}  // namespace squall::policies::lb
