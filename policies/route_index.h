// RouteIndex: which routes of a virtual host can a path fit, judged by eight bytes of each?
//
// Of a path that must begin with some text, or be it, the last eight bytes of that text and their
// place are kept; a path that differs there is passed over without a look at the route. What has no
// such text fits always. It only narrows: the caller checks the route itself. Cost: 24 bytes and
// about ten instructions a route.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "policies/route_config.h"

namespace squall::policies {

class RouteIndex {
 public:
  explicit RouteIndex(std::span<const Route> routes);

  /// Calls take(i) for each route that `path` may fit, in order, until it returns true.
  template <class Take>
  void each(std::string_view path, const Take& take) const {
    char padded[kWord] = {};
    const char* bytes = path.data();
    if (path.size() < kWord) {
      if (!path.empty()) std::memcpy(padded, path.data(), path.size());
      bytes = padded;
    }
    const std::size_t size = std::min<std::size_t>(path.size(), kLongest);
    const std::size_t last = std::max(path.size(), kWord) - kWord;  // where a word still fits
    const Entry* const entries = entries_.data();
    const std::size_t count = entries_.size();
    for (std::uint32_t i = 0; i < count; ++i) {
      const Entry& entry = entries[i];
      std::uint64_t word;
      std::memcpy(&word, bytes + std::min<std::size_t>(entry.at, last), kWord);
      const bool differs = ((word ^ entry.word) & entry.mask) != 0;
      if (differs | (size < entry.least) | (size > entry.most)) [[likely]]
        continue;
      if (take(i)) return;
    }
  }

 private:
  static constexpr std::size_t kWord = 8, kLongest = 0xffff;
  struct Entry {
    std::uint64_t word = 0, mask = 0;
    std::uint16_t at = 0;
    std::uint16_t least = 0, most = kLongest;  // sizes of paths; the longest stands for more
  };
  static Entry entry_of(const PathMatch& match);

  std::vector<Entry> entries_;  // one a route
};

}  // namespace squall::policies
