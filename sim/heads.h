// Heads: the few different request heads of a scenario, each with a number.
//
// A head that a route rewrites becomes another head; both the rewriting and the behaviour that a
// head selects are remembered by number, so a run touches no text. Not for heads of real traffic.
// Cost: a look-up in a small vector; the first time, text.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policies/head.h"
#include "policies/route_config.h"

namespace squall::sim {

struct OwnHead {
  std::string method = "GET", scheme = "http", authority, path = "/";
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  friend bool operator==(const OwnHead&, const OwnHead&) = default;
};

/// What a route (by its weighted entry) makes of a head.
struct RewrittenHead {
  const policies::Route* route;
  std::uint32_t entry, head;
};

class HeadTable {
 public:
  /// The number of this head: the same for equal ones.
  std::uint32_t intern(const OwnHead& head);
  /// A view; RequestHead::known_as is number + 1.
  const policies::RequestHead& view(std::uint32_t number) const { return rows_[number]->view; }
  const OwnHead& own(std::uint32_t number) const { return rows_[number]->head; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(rows_.size()); }

 private:
  struct Row {
    OwnHead head;
    std::vector<policies::HeaderField> fields;
    policies::RequestHead view;
  };
  std::vector<std::unique_ptr<Row>> rows_;  // views point into them
};

}  // namespace squall::sim
