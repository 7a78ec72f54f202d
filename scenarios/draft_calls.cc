#include "scenarios/draft_calls.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

namespace squall::scenarios {
namespace {

using config::Mention;
using config::Resources;
using config::Service;

struct Named {
  std::string_view host;
  int port = 0;       // 0: it says none
  bool bare = false;  // a name alone, which may be anything
};

/// "http://user@host:80/path?x" is host and 80; what is no name of a host has an empty one.
Named host_in(std::string_view word) {
  Named out;
  const std::size_t scheme = word.find("://");
  if (scheme != std::string_view::npos) word.remove_prefix(scheme + 3);
  word = word.substr(0, word.find_first_of("/?#"));
  if (const std::size_t at = word.rfind('@'); at != std::string_view::npos)
    word.remove_prefix(at + 1);
  const std::size_t colon = word.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = word.substr(colon + 1);
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (failure != std::errc() || end != digits.data() + digits.size()) out.port = 0;
  }
  out.host = word.substr(0, colon);
  out.bare = scheme == std::string_view::npos && out.port == 0 && !out.host.contains('.');
  return out;
}

/// Whether a variable of that name holds an address.
bool means_address(std::string_view from) {
  for (const std::string_view part :
       {"HOST", "ADDR", "URL", "URI", "ENDPOINT", "SERVICE", "SERVER", "UPSTREAM", "BACKEND"}) {
    if (from.contains(part)) return true;
  }
  return false;
}

/// The Service that a caller in `ns` means by that host; null: none of these.
const Service* service_named(const Resources& resources, std::string_view host,
                             std::string_view ns) {
  const std::size_t dot = host.find('.');
  std::string_view space = ns;
  if (dot != std::string_view::npos) {
    const std::string_view rest = host.substr(dot + 1);
    space = rest.substr(0, rest.find('.'));
    const std::string_view domain = rest.substr(space.size());
    if (!domain.empty() && domain != ".svc" && domain != ".svc.cluster.local" &&
        domain != ".svc.cluster.local.")
      return nullptr;
  }
  return resources.services.find(std::string(space) + "/" + std::string(host.substr(0, dot)));
}

bool has_port(const Service& service, int port) {
  return std::ranges::any_of(service.ports, [&](const auto& one) { return one.port == port; });
}

int port_of(const Service& service, int wanted) {
  if (wanted == 0) return usual_port(service);
  return has_port(service, wanted) ? wanted : 0;
}

/// Calls `take` for each word of a text that may be a list, a flag or a sentence.
template <class Take>
void each_word(std::string_view text, const Take& take) {
  constexpr std::string_view kBetween = " \t\r\n,;|=\"'()[]{}<>";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(kBetween), text.size());
    if (end > 0) take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void guess(const Resources& resources, const config::PodSpec& spec, GuessedWorkload& out) {
  for (const Mention& mention : spec.mentions) {
    each_word(mention.text, [&](std::string_view word) {
      const Named named = host_in(word);
      if (named.bare && !means_address(mention.from)) return;
      const Service* const service = service_named(resources, named.host, out.meta->ns);
      if (service == nullptr || service == out.service) return;
      const int port = port_of(*service, named.port);
      const auto same = [&](const GuessedCall& call) { return call.service == service; };
      if (port == 0 || std::ranges::any_of(out.calls, same)) return;
      out.calls.push_back({.service = service, .port = port, .from = &mention});
    });
  }
}

GuessedWorkload make(const Resources& resources, const config::Meta& meta,
                     const config::Labels& pod, const config::PodSpec& spec) {
  GuessedWorkload out;
  out.meta = &meta;
  for (const Service& service : resources.services) {
    if (service.meta.ns != meta.ns || service.selector.empty()) continue;
    if (!config::contains(pod, service.selector)) continue;
    out.service = &service;
    break;
  }
  guess(resources, spec, out);
  return out;
}

/// Who serves what, by Service.
using Servers = std::map<const Service*, std::vector<std::size_t>>;

enum class Mark : std::uint8_t { kNew, kOpen, kDone };

/// Marks calls that lead back to a workload whose calls are being followed. Without recursion:
/// chains may be as long as the manifests.
void find_circles(std::vector<GuessedWorkload>& workloads, const Servers& servers,
                  std::size_t first, std::vector<Mark>& marks) {
  struct Step {
    std::size_t workload, call;
  };
  std::vector<Step> open = {{first, 0}};
  marks[first] = Mark::kOpen;
  while (!open.empty()) {
    const std::size_t index = open.back().workload;
    if (open.back().call == workloads[index].calls.size()) {
      marks[index] = Mark::kDone;
      open.pop_back();
      continue;
    }
    GuessedCall& call = workloads[index].calls[open.back().call++];
    const auto found = servers.find(call.service);
    if (found == servers.end()) continue;
    for (const std::size_t server : found->second) {
      workloads[server].called = true;
      if (marks[server] == Mark::kOpen) call.circular = true;
      if (marks[server] != Mark::kNew) continue;
      marks[server] = Mark::kOpen;
      open.push_back({server, 0});
    }
  }
}

bool has_owner(const Resources& resources, const config::Pod& pod) {
  for (const auto* table : {&resources.deployments, &resources.stateful_sets}) {
    for (const config::Workload& one : *table) {
      if (one.meta.ns == pod.meta.ns && one.selector.matches(pod.meta.labels)) return true;
    }
  }
  return false;
}

}  // namespace

int usual_port(const Service& service) {
  if (has_port(service, 80)) return 80;
  return service.ports.empty() ? 0 : service.ports.front().port;
}

std::vector<GuessedWorkload> guess_calls(const Resources& resources) {
  std::vector<GuessedWorkload> out;
  for (const auto* table : {&resources.deployments, &resources.stateful_sets}) {
    for (const config::Workload& one : *table)
      out.push_back(make(resources, one.meta, one.pod.labels, one.spec));
  }
  for (const config::Pod& one : resources.pods) {
    if (!has_owner(resources, one))
      out.push_back(make(resources, one.meta, one.meta.labels, one.spec));
  }
  Servers servers;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i].service != nullptr) servers[out[i].service].push_back(i);
  }
  std::vector<Mark> marks(out.size(), Mark::kNew);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (marks[i] == Mark::kNew) find_circles(out, servers, i, marks);
  }
  return out;
}

}  // namespace squall::scenarios
