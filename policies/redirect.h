// Redirect: where does the Location header of a redirect point to?
//
// Source: Envoy's newUri as a live 1.40 behaves (docs/policies.md, "Redirects"). Cost: one string.
#pragma once
#include <string>

#include "policies/head.h"
#include "policies/route_config.h"

namespace squall::policies {

/// Of a route whose action is a redirect.
std::string redirect_location(const Redirect& redirect, const PathMatch& match,
                              const RequestHead& head);
/// Of a route that answers by itself, a body being where the client asked; empty where the status
/// has none.
std::string direct_location(const Route& route, const RequestHead& head);
/// Of a virtual host that requires TLS.
std::string tls_location(const RequestHead& head);
/// Whether an answer with this status carries its Location.
bool has_location(std::uint16_t status);

}  // namespace squall::policies
