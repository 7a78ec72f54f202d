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
  int port = 0;                 // 0: it says none
  std::string_view path = "/";  // of a URL of HTTP, or of one without a scheme
  bool url = false;             // it has a scheme
  bool bare = false;            // a name alone, which may be anything
};

bool is_plain(std::string_view path) {
  return std::ranges::all_of(path, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~/@:").contains(c);
  });
}

/// "dns:///host:80" and "dns://resolver/host:80": how gRPC names its target.
bool is_resolved(std::string_view scheme) {
  return scheme == "dns" || scheme == "passthrough" || scheme == "xds" || scheme == "kubernetes";
}

/// "http://user@host:80/path?x" is host, 80 and /path; what is no name of a host has an empty one.
Named host_in(std::string_view word) {
  Named out;
  const std::size_t end = word.find("://");
  const std::string_view scheme = end == std::string_view::npos ? "" : word.substr(0, end);
  out.url = !scheme.empty();
  if (end != std::string_view::npos) word.remove_prefix(end + 3);
  if (const std::size_t slash = word.rfind('/'); is_resolved(scheme) && slash != word.npos)
    word.remove_prefix(slash + 1);
  const bool web = scheme.empty() || scheme == "http" || scheme == "https";
  if (const std::size_t slash = word.find_first_of("/?#"); slash != word.npos) {
    const std::string_view rest = word.substr(slash);
    const std::string_view path = rest.substr(0, rest.find_first_of("?#"));
    if (web && !path.empty() && is_plain(path)) out.path = path;
    word = word.substr(0, slash);
  }
  if (const std::size_t at = word.rfind('@'); at != std::string_view::npos)
    word.remove_prefix(at + 1);
  const std::size_t colon = word.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = word.substr(colon + 1);
    const auto [last, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (failure != std::errc() || last != digits.data() + digits.size()) out.port = 0;
  }
  out.host = word.substr(0, colon);
  out.bare = !out.url && out.port == 0 && !out.host.contains('.');
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

/// Its own pod, or an address that needs no name.
bool is_no_name(std::string_view host) {
  return host.empty() || host == "localhost" || host.find_first_not_of("0123456789.") == host.npos;
}

class Guess {
 public:
  Guess(const Resources& resources, GuessedWorkload& out) : resources_(resources), out_(out) {}

  void of(const config::PodSpec& spec) {
    for (const Mention& mention : spec.mentions) text(mention);
    for (const config::Reference& one : spec.references) reference(one);
  }

 private:
  void text(const Mention& mention) {
    each_word(mention.text, [&](std::string_view word) {
      const Named named = host_in(word);
      const bool address = means_address(mention.from);
      if (named.bare && !address) return;
      const Service* const service = service_named(resources_, named.host, out_.meta->ns);
      if (service == out_.service && service != nullptr) return;
      const bool sure = named.url || (named.port != 0 && (address || named.host.contains('.')));
      if (service == nullptr) {
        if (sure && !is_no_name(named.host)) pass_over(mention, "no Service here has that host");
      } else if (const int port = port_of(*service, named.port); port == 0) {
        pass_over(mention, "the Service " + service->meta.name + " has no such port");
      } else {
        add({.service = service, .port = port, .path = std::string(named.path), .from = mention});
      }
    });
  }

  /// Of a Service's port once; each path of its own is a call, a bare host is any of them.
  void add(GuessedCall call) {
    for (GuessedCall& known : out_.calls) {
      if (known.service != call.service || known.port != call.port) continue;
      if (call.path == "/" || call.path == known.path) return;
      if (known.path != "/") continue;
      known = std::move(call);
      return;
    }
    out_.calls.push_back(std::move(call));
  }

  void pass_over(const Mention& mention, std::string why) {
    const bool known = std::ranges::any_of(out_.passed_over, [&](const PassedOver& one) {
      return one.what.text == mention.text && one.why == why;
    });
    if (!known) out_.passed_over.push_back({mention, std::move(why)});
  }

  void reference(const config::Reference& one) {
    const Mention at{one.from, one.kind + " " + one.name, one.place};
    const bool all = one.key.empty();
    if (one.kind == "Secret") {
      if (all || means_address(one.from)) pass_over(at, "Secrets are not read");
      return;
    }
    const config::ConfigMap* map = resources_.config_maps.find(out_.meta->ns + "/" + one.name);
    if (map == nullptr) {
      if (one.from != "volume") pass_over(at, "it is not among these manifests");
      return;
    }
    for (const Mention& entry : map->data) {
      if (!all && entry.from != one.key) continue;
      text({.from = all ? "ConfigMap " + one.name + " " + entry.from
                        : one.from + " of ConfigMap " + one.name,
            .text = entry.text,
            .place = entry.place});
    }
  }

  const Resources& resources_;
  GuessedWorkload& out_;
};

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
  Guess(resources, out).of(spec);
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
