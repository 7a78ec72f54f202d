// Heads: the few different request heads of a scenario, each with a number.
//
// A head that a listener's rules or a route change becomes another head; both changes and the
// behaviour that a head selects are remembered by number, so a run touches no text. Not for heads
// of real traffic. Cost: a look-up in a small vector; the first time, text.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policies/head.h"
#include "policies/request_target.h"
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

/// A head as a listener takes it, or why it does not.
struct ReceivedHead {
  std::uint32_t head = kNone;
  policies::Reception reception = policies::Reception::kTaken;
};

class HeadTable {
 public:
  HeadTable() = default;
  /// The same heads by the same numbers, which a run may add to without touching the other's.
  HeadTable(const HeadTable& other);
  HeadTable& operator=(const HeadTable&) = delete;

  /// The number of this head: the same for equal ones. One that is not `few` is no help to those
  /// who remember by heads: its view has no number.
  std::uint32_t intern(const OwnHead& head, bool few = true);
  /// The number of a listener's rules; 0: they change nothing. `port`: the listener's.
  std::uint32_t intern(const policies::TargetRules& rules, std::uint16_t port);
  ReceivedHead receive(std::uint32_t rules, std::uint32_t head) {
    if (rules == 0) return {.head = head};
    const std::vector<ReceivedHead>& known = rules_[rules - 1].received;
    if (head < known.size() && known[head].head != kNone) return known[head];
    return receive_new(rules, head);
  }
  /// A view; RequestHead::known_as is number + 1, where there are few.
  const policies::RequestHead& view(std::uint32_t number) const { return rows_[number]->view; }
  const OwnHead& own(std::uint32_t number) const { return rows_[number]->head; }
  bool is_few(std::uint32_t number) const { return rows_[number]->few; }
  /// As its grpc-timeout says.
  std::optional<Duration> timeout(std::uint32_t number) const { return rows_[number]->timeout; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(rows_.size()); }

 private:
  struct Row {
    OwnHead head;
    std::vector<policies::HeaderField> fields;
    policies::RequestHead view;
    std::optional<Duration> timeout;
    bool few = true;
  };
  struct Rules {
    policies::TargetRules rules;
    std::uint16_t port = 0;
    std::vector<ReceivedHead> received;  // by head; kNone: not asked yet
  };
  ReceivedHead receive_new(std::uint32_t rules, std::uint32_t head);

  std::vector<std::unique_ptr<Row>> rows_;  // views point into them
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
  std::vector<Rules> rules_;
};

}  // namespace squall::sim
