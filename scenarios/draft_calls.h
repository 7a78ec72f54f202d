// Who seems to call whom: Services that a workload's environment or arguments name.
//
// A guess: "http://catalog:8080/v1", "dns:///catalog:8080", "catalog.shop:8080" and
// "reviews.shop.svc.cluster.local" are taken for calls wherever they stand, a bare "catalog" where
// the variable's name says that it is an address; so is what stands in ConfigMaps that the pod
// refers to. A call that would close a circle is left out, and told; so are addresses of nobody
// here. Cost: linear in the texts.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/resources.h"

namespace squall::scenarios {

struct GuessedCall {
  const config::Service* service = nullptr;
  int port = 0;
  std::string path = "/";
  config::Mention from;
  bool circular = false;  // it leads back to its caller
};

/// An address, or a place of some, that led to no call.
struct PassedOver {
  config::Mention what;
  std::string why;
};

struct GuessedWorkload {
  const config::Meta* meta = nullptr;        // of the Deployment, StatefulSet or Pod
  const config::Service* service = nullptr;  // the first that selects its pods; null: none does
  std::vector<GuessedCall> calls;
  std::vector<PassedOver> passed_over;
  bool called = false;
};

/// The Service that a caller in `ns` means by that host, short or qualified; null: none of these.
const config::Service* service_named(const config::Resources& resources, std::string_view host,
                                     std::string_view ns);
/// Where a caller that says no port is sent: 80, else the first; 0: it has none.
int usual_port(const config::Service& service);
/// Deployments, StatefulSets and Pods of their own, in the order of the manifests.
std::vector<GuessedWorkload> guess_calls(const config::Resources& resources);

}  // namespace squall::scenarios
