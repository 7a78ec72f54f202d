// The admin page /clusters: clusters and hosts with their limits, health and counts, as text or
// JSON.
//
// Lines, fields and their order are Envoy's; JSON leaves out what is 0 or empty, as it does. A
// cluster that has had no request has counted nothing. Not for hot paths.
#pragma once
#include "policies/control.h"
#include "policies/worker.h"
#include "proxy/stats_page.h"

namespace squall::proxy {

/// Parameters: filter (RE2, of a cluster's name), format (json).
AdminPage clusters_page(const AdminQuery& query, const policies::Worker& worker,
                        const policies::Control& control);

}  // namespace squall::proxy
