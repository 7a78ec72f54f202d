// Internal redirects: the request that an upstream's redirect asks for, in the form in which the
// proxy goes on with it.
//
// Source: Envoy's convertRequestHeadersForInternalRedirect, as a live 1.40 behaves
// (docs/policies.md, "Internal redirects"). Cost: linear in the headers.
#pragma once
#include <cstdint>

#include "policies/exchange.h"

namespace squall::policies {

/// Fills `out`, with texts of its own: what `attempt` sent, to the place that the response's
/// Location names; a 303 makes it a GET. False: there is no such place, or the proxy may not go
/// there. `edits` is where changes are kept meanwhile.
bool redirected_request(const Worker& worker, std::uint32_t attempt, const KeptRequest& received,
                        const ResponseHead& response, HeaderEdits& edits, KeptRequest& out);

}  // namespace squall::policies
