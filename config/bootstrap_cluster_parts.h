// Readers of the messages that a cluster is made of, as bootstrap_parts.h says of all.
#pragma once
#include "config/bootstrap_parts.h"

namespace squall::config::envoy {

// bootstrap_protocols.cc
void read_protocols(Fields& f, policies::ClusterConfig& out, ClusterShell& shell);

// bootstrap_hosts.cc, bootstrap_balancing.cc, bootstrap_subsets.cc
void read_hosts(Fields& f, std::string_view name, policies::ClusterConfig& out);
void read_balancing(Fields& f, policies::ClusterConfig& out);
void read_subsets(Fields& f, policies::SubsetConfig& out);

// bootstrap_health.cc
void read_health_checks(Fields& f, std::string_view name, policies::ClusterConfig& out);
void read_host_check(Fields& endpoint, policies::HostConfig& out);
void read_outlier_detection(Fields& f, std::string_view name,
                            std::optional<policies::OutlierDetection>& out);

}  // namespace squall::config::envoy
