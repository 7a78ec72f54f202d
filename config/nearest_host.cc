#include "config/nearest_host.h"

#include <algorithm>
#include <vector>

#include "config/names.h"
#include "config/value.h"

namespace squall::config {
namespace {

std::string_view first_label(std::string_view host) { return host.substr(0, host.find('.')); }

/// A host of the cluster as NAME.NAMESPACE, another one as it is.
std::string_view without_domain(std::string_view host) {
  const std::size_t svc = host.find(".svc");
  const bool whole = svc != host.npos && (svc + 4 == host.size() || host[svc + 4] == '.');
  return whole ? host.substr(0, svc) : host;
}

struct Candidate {
  const std::string* host;
  std::string_view name;     // NAME
  std::string_view with_ns;  // NAME.NAMESPACE
  bool own;                  // of the namespace
};

}  // namespace

std::string host_for_client(const std::string& host, std::string_view ns) {
  const std::vector<std::string> shorter = short_names(host, ns);
  return shorter.empty() ? host : shorter.front();
}

std::string host_for_rule(const std::string& host, std::string_view ns) {
  std::string name = host_for_client(host, ns);
  return name.find('.') == std::string::npos ? name : host;
}

std::optional<std::string> nearest_host(std::string_view wrong, std::string_view ns,
                                        std::span<const std::string> hosts) {
  std::vector<Candidate> all;
  for (const std::string& host : hosts) {
    const bool inside = !short_names(host, ns).empty();
    const std::string_view name = inside ? first_label(host) : host;
    all.push_back({&host, name, inside ? without_domain(host) : host,
                   inside && host_for_client(host, ns) == name});
  }
  // What can be named without its namespace is the nearer one of two that are as near.
  std::ranges::stable_partition(all, &Candidate::own);
  const auto best = [&](std::string_view name, auto part) -> std::optional<std::string> {
    std::vector<std::string_view> names;
    for (const Candidate& one : all) names.push_back(one.*part);
    const std::optional<std::string_view> found = nearest(name, names);
    if (!found) return std::nullopt;
    return *std::ranges::find(all, *found, part)->host;
  };
  const std::string_view plain = without_domain(wrong);
  const std::string_view first = first_label(plain);
  if (first.size() == plain.size()) return best(plain, &Candidate::name);
  const auto elsewhere = std::ranges::find(all, first, &Candidate::name);
  std::optional<std::string> found = best(plain, &Candidate::with_ns);
  if (!found && elsewhere != all.end()) found = *elsewhere->host;
  return found;
}

}  // namespace squall::config
