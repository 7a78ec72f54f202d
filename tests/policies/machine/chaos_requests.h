// The events of Chaos that are about requests: they begin, go on, follow redirects, leave.
#pragma once
#include "tests/policies/machine/chaos.h"

namespace squall::policies {

/// For one of the routes; valid until the next.
inline RequestHead Chaos::any_head() {
  const std::vector<Route>& routes = configuration_.epoch.listeners[0].routes.hosts[0].routes;
  if (routes.size() == 1) return {};
  user_ = std::to_string(draw(20));
  headers_ = {{"x-user", user_}};
  return {.authority = "any",
          .path = routes[draw(routes.size())].match.path.value,
          .headers = headers_};
}

/// The worker has just taken it.
inline void Chaos::note(RequestId id, bool end) {
  LedgerRequest& request = ledger_.requests[id.index] = {.id = id, .complete = end};
  const RequestExtras* extras = worker_.extras(worker_.request(id.index));
  const bool waits = extras != nullptr && extras->filters.waits != FilterProgress::Waits::kNo;
  if (end && !waits) request.deadline = now_ + kChaosTimeout;
}

inline void Chaos::begin() {
  const bool end = draw(3) > 0;
  const RequestHead head = any_head();
  event([&] { note(worker_.on_request(0, head, draw(~0ULL), end, now_), end); });
  ++totals_.requests;
}

/// Follows a redirect, or finds that it leads nowhere.
inline void Chaos::redirect(std::uint32_t from) {
  const RequestId old = ledger_.requests[from].id;
  const RequestHead head = any_head();
  const bool leads = draw(4) > 0;
  const RequestId fresh = worker_.on_redirect(old, leads ? &head : nullptr, draw(~0ULL), now_);
  EXPECT_EQ(fresh.index != kNone, leads);
  if (!leads) return;
  note(fresh, true);
  ledger_.requests[from].left = true;  // the new one has its client
  if (ledger_.requests[from].kept && worker_.request(fresh.index).keeping) {
    ledger_.requests[fresh.index].kept = true;
    ledger_.requests[from].kept = false;
  }
}

inline void Chaos::leave() {
  LedgerRequest* request = a_client();
  if (request == nullptr) return;
  request->left = true;
  old_request_ = request->id;
  event([&] { worker_.on_client_reset(old_request_, now_); });
}

inline void Chaos::continue_request() {
  LedgerRequest* request = any(ledger_.requests);
  if (request == nullptr || request->complete || request->copy) return;
  const RequestId id = request->id;
  const bool end = draw(2) == 0, trailers = end && draw(2) == 0;
  request->complete = end;
  event([&] {
    if (trailers) return worker_.on_request_trailers(id, now_);
    worker_.on_request_body(id, draw(60), end, now_);
  });
}

}  // namespace squall::policies
