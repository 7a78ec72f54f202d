// What the requests and the answers of an exchange share.
#pragma once
#include "policies/exchange.h"

namespace squall::policies {

/// The levels of a request that has a route.
Levels levels_of(const Worker& worker, const Request& request);
/// What its changes may name; valid while the request and what was received stay as they are.
EditOptions options_of(const Worker& worker, const Request& request, const KeptRequest& received);
/// What filters that let a request through add to it.
void add_of_filters(const Worker& worker, const Request& request, const RequestHead& head,
                    const EditOptions& options, HeaderEdits& edits);

}  // namespace squall::policies
