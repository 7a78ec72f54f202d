// SentHead: a request's head as its route's changes leave it.
//
// Envoy changes a request once, before it looks at its retry headers, its hash and where copies
// go. Timeouts it has read before that. Cost: some allocations, for routes whose changes may matter
// (Forward::decided_as_sent).
#pragma once
#include <string_view>
#include <vector>

#include "policies/control_headers.h"
#include "policies/headers.h"

namespace squall::policies {

class SentHead {
 public:
  /// `received` and the names outlive it. `keeps_originals`: as EditOptions has it.
  SentHead(const Levels& levels, const RequestHead& received, std::string_view cluster,
           bool keeps_originals)
      : head_(received), headers_(received.headers.begin(), received.headers.end()) {
    const StreamFacts stream{.protocol = protocol_of(received.http2),
                             .peer = received.peer,
                             .route = levels.route.name,
                             .cluster = cluster,
                             .peer_port = received.peer_port};
    edit_request(levels, received, {.keep_originals = keeps_originals, .stream = stream}, edits_);
    if (!received.internal) {
      std::erase_if(headers_, [](const HeaderField& one) { return is_internal_only(one.name); });
    }
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
