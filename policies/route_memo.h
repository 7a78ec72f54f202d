// RouteMemo: has a head like this one come before? Then its route need not be looked for again.
//
// Gives a number to each head that can be told apart by what a table's routes and retry policies
// look at: authority, path, method, scheme and the headers that they name. A simulation knows its
// heads by number; this is for heads that come as text. A hash says in which two places a head
// may be; the latest ones have them. Not for callers inside the mesh, who may ask for more. Cost:
// some 10 ns for a head of a few headers; 64 kB from the first head on.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/head.h"
#include "policies/route_config.h"

namespace squall::policies {

class RouteMemo {
 public:
  static constexpr std::uint32_t kPlaces = 256;
  struct Place {
    std::uint32_t number = 0;  // 1 to kPlaces; 0: such a head is not remembered
    bool known = false;        // nobody else has had the place since this head came
  };

  explicit RouteMemo(const RouteTable& table);
  Place find(const RequestHead& head);

 private:
  static constexpr std::size_t kText = 208, kMostWatched = 4, kWord = 8;
  /// What of a head matters, beside its path and authority.
  struct Rest {
    std::uint64_t method, scheme;  // their bytes
    std::uint32_t count = 0;
    const HeaderField* watched[kMostWatched];
  };
  struct Slot {
    std::uint64_t method = 0, scheme = 0;  // their bytes

    std::uint32_t path = 0, authority = 0, watched = 0;  // sizes in `text`, in this order
    std::uint8_t method_size = 0, scheme_size = 0;
    bool taken = false;
    char text[kText];
  };
  bool is_watched(std::string_view name) const;
  bool look(const RequestHead& head, Rest& rest) const;
  static bool holds(const Slot& slot, const RequestHead& head, const Rest& rest);
  static void take(Slot& slot, const RequestHead& head, const Rest& rest);
  void watch(std::string_view name);
  void watch(const std::vector<HeaderMatch>& matches);
  void watch(const std::optional<RetryPolicy>& policy);

  std::vector<std::string> names_;  // of headers, in lower case
  std::uint64_t sizes_ = 0;         // a bit for the size of each, to pass over most others
  std::unique_ptr<std::array<Slot, kPlaces>> slots_;
  std::uint32_t turn_ = 0;  // which of two places goes
};

}  // namespace squall::policies
