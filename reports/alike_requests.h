// Alike requests: requests that changed, grouped by what changed of them.
//
// Two are alike that ended alike on both sides for the same reason; how long something took, and
// which of several replicas it was, tells no two apart. Cost: the groups times the requests, of
// which a report has twenty.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/diff_report.pb.h"

namespace squall::reports {

struct AlikeRequests {
  const ChangedRequest* first = nullptr;
  std::uint64_t requests = 0;
};

/// A sentence without its numbers and their units of time.
std::string without_numbers(std::string_view text);

/// The most frequent first; of those as frequent, as they come.
std::vector<AlikeRequests> alike_requests(
    const google::protobuf::RepeatedPtrField<ChangedRequest>& all);

}  // namespace squall::reports
