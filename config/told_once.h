// ToldOnce: something that many objects say, in one diagnostic where it stands first.
#pragma once
#include <fmt/format.h>

#include <string>
#include <utility>

#include "config/document.h"
#include "policies/base/result.h"

namespace squall::config {

class ToldOnce {
 public:
  explicit ToldOnce(std::string what) : what_(std::move(what)) {}
  /// Nowhere: it does not say so.
  void add(const Place& place) {
    if (place.line == 0) return;
    if (count_++ == 0) first_ = place;
  }
  void tell(Severity severity, Diagnostics& diagnostics) const {
    if (count_ == 0) return;
    const std::string more = count_ == 1 ? "" : fmt::format(" ({} objects)", count_);
    diagnostics.add({first_.file ? *first_.file : std::string(),
                     first_.line,
                     first_.column,
                     severity,
                     what_ + more,
                     {}});
  }

 private:
  std::string what_;
  Place first_;
  int count_ = 0;
};

}  // namespace squall::config
