// ReplyBody: what does the proxy write into an answer of its own?
//
// Envoy's words, by how the request ended; a direct response's body is its route's. Source: envoy's
// router and conn_manager_impl. Cost: a copy where a part of it varies.
#pragma once
#include <string_view>

#include "policies/base/text_arena.h"
#include "policies/head.h"
#include "policies/machine/records.h"

namespace squall::policies {

/// Empty: none. `head`: the request's as received. Lies in the configuration, in `arena`, or is a
/// constant.
std::string_view reply_body(const Request& request, const RequestHead& head, TextArena& arena);

}  // namespace squall::policies
