// SentHead: a request's head as its route's changes leave it.
//
// Envoy changes a request once, before it looks at its retry headers, its hash and where copies
// go. Timeouts it has read before that. Cost: some allocations, for routes whose changes may matter
// (Forward::decided_as_sent).
#pragma once
#include <string_view>
#include <vector>

#include "policies/headers.h"

namespace squall::policies {

class SentHead {
 public:
  /// `received` and the names outlive it.
  SentHead(const Levels& levels, const RequestHead& received, std::string_view cluster)
      : head_(received), headers_(received.headers.begin(), received.headers.end()) {
    const StreamFacts stream{.peer = received.peer,
                             .route = levels.route.name,
                             .cluster = cluster,
                             .peer_port = received.peer_port};
    edit_request(levels, received, {.keep_originals = true, .stream = stream}, edits_);
    apply_edits(edits_.list, head_.authority, head_.path, headers_);
    head_.headers = headers_;
  }
  SentHead(const SentHead&) = delete;
  SentHead& operator=(const SentHead&) = delete;

  const RequestHead& head() const { return head_; }

 private:
  RequestHead head_;
  std::vector<HeaderField> headers_;
  HeaderEdits edits_;
};

}  // namespace squall::policies
