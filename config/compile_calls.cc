// What of a client's scope some calls can touch, so that a run compiles no more of a mesh than it
// uses.
//
// A request goes to the virtual host that has its authority among its domains. So these stay: all
// services that can have it, the VirtualServices that speak of them and where those lead. Nothing
// else can win the request over, as names that are equal beat wildcards. Calls for which that is
// not so (a wildcard host, a port that is not HTTP, a service that the client does not see, a
// VirtualService for a name that is no service's) need the whole scope. So do faults at more ports
// than one, as their draws go by the number of their filter.
#include <algorithm>
#include <unordered_set>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

using Services = std::unordered_set<const MeshService*>;

bool carries_http(const ScopedService& one, int number) {
  const MeshPort* port = one.service->port(number);
  return port != nullptr && one.shows(number) &&
         (is_http(port->protocol) || port->protocol == Protocol::kSniffed);
}

bool has_fault(const VirtualService* one) {
  return std::ranges::any_of(one->http,
                             [](const HttpRule& rule) { return rule.fault.has_value(); });
}

class Reach {
 public:
  Reach(const Registry& registry, const Client& client, const Scope& whole)
      : registry_(registry), client_(client), whole_(whole) {}

  std::optional<Scope> of(const std::set<CalledHost>& calls) {
    for (const CalledHost& call : calls) add(call.host);
    hosts_.clear();
    for (const MeshService* one : kept_) hosts_.insert(one->host);
    Scope out = whole_;
    std::erase_if(out.virtual_services, [&](const VirtualService* one) { return !speaks(*one); });
    for (const VirtualService* one : out.virtual_services) follow(*one);
    std::erase_if(out.services,
                  [&](const ScopedService& one) { return !kept_.contains(one.service); });
    for (const CalledHost& call : calls) {
      if (!is_ordinary(call, out)) return std::nullopt;
    }
    if (!numbers_faults_alike(out)) return std::nullopt;
    return out;
  }

 private:
  void add(std::string_view host) {
    for (const MeshService* one : registry_.named(host, client_.ns())) kept_.insert(one);
  }

  /// Whether it can decide on a request to one of the services called.
  bool speaks(const VirtualService& one) const {
    return std::ranges::any_of(one.hosts, [&](const std::string& host) {
      if (!is_wildcard(host)) return hosts_.contains(host);
      return std::ranges::any_of(hosts_,
                                 [&](std::string_view called) { return overlap(called, host); });
    });
  }

  void follow(const VirtualService& one) {
    for (const HttpRule& rule : one.http) {
      for (const WeightedDestination& to : rule.route) add(to.to.host);
      for (const Mirror& to : rule.mirrors) add(to.to.host);
    }
  }

  /// A virtual host of the scope's has the name, whatever else the mesh has.
  bool is_ordinary(const CalledHost& call, const Scope& scope) const {
    const std::vector<const MeshService*> meant = registry_.named(call.host, client_.ns());
    const auto at_port = [&](const auto& is) {
      return std::ranges::any_of(scope.services, [&](const ScopedService& one) {
        return is(*one.service) && carries_http(one, call.port);
      });
    };
    const bool served = at_port(
        [&](const MeshService& one) { return std::ranges::find(meant, &one) != meant.end(); });
    if (!served) return false;
    const bool ruled = std::ranges::any_of(whole_.virtual_services, [&](const auto* one) {
      return std::ranges::find(one->hosts, call.host) != one->hosts.end();
    });
    return !ruled || at_port([&](const MeshService& one) { return one.host == call.host; });
  }

  /// Whether the filter of a fault that can be met is the first one of all listeners either way:
  /// when there are faults at port 80 alone.
  bool numbers_faults_alike(const Scope& scope) const {
    if (std::ranges::none_of(scope.virtual_services, has_fault)) return true;
    return std::ranges::all_of(whole_.virtual_services, [&](const VirtualService* one) {
      return !has_fault(one) || std::ranges::all_of(one->hosts, [&](const std::string& host) {
        const MeshService* service = registry_.service(host);
        if (service == nullptr) return !is_wildcard(host);  // its virtual host is one of port 80
        return service->ports.size() == 1 && service->ports.front().number == 80;
      });
    });
  }

  const Registry& registry_;
  const Client& client_;
  const Scope& whole_;
  Services kept_;
  std::unordered_set<std::string_view> hosts_;  // of the services called
};

}  // namespace

std::optional<Scope> scope_of_calls(const Registry& registry, const Client& client,
                                    const Scope& whole, const std::set<CalledHost>& calls) {
  return Reach(registry, client, whole).of(calls);
}

}  // namespace squall::config
