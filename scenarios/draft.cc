#include "scenarios/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "scenarios/draft_calls.h"
#include "scenarios/draft_gateways.h"

namespace squall::scenarios {
namespace {

constexpr std::string_view kLatency = "{lognormal: {p50: 10ms, p99: 60ms}}";

/// In quotes where YAML would take the plain text for something else.
std::string as_yaml(const std::string& text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:").contains(c);
  });
  const bool letter =
      plain && ((text[0] >= 'a' && text[0] <= 'z') || text[0] == '.' || text[0] == '/');
  if (letter && text.back() != ':' && text != "true" && text != "false" && text != "null" &&
      text != "yes" && text != "no" && text != "on" && text != "off")
    return text;
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string name_of(const config::Meta& meta) {
  return meta.ns == "default" ? meta.name : meta.name + "." + meta.ns;
}

/// As a caller in `ns` writes it.
std::string url_of(const config::Service& service, int port, std::string_view path,
                   std::string_view ns) {
  std::string host = service.meta.name;
  if (service.meta.ns != ns) host += "." + service.meta.ns;
  if (port != 80) host += fmt::format(":{}", port);
  return fmt::format("http://{}{}", host, path);
}
std::string url_of(const GuessedCall& call, std::string_view ns) {
  return url_of(*call.service, call.port, call.path, ns);
}

/// On one line of a comment.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out;
  for (const char c : text.substr(0, kMost)) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return text.size() > kMost ? out + "..." : out;
}

std::string source_of(const config::Mention& mention) {
  const config::Place& place = mention.place;
  const std::string where =
      place.file == nullptr ? "" : fmt::format(" ({}:{})", *place.file, place.line);
  return fmt::format("{}: {}{}", shown(mention.from), shown(mention.text), where);
}

void write_calls(const GuessedWorkload& workload, std::string& out) {
  const bool some =
      std::ranges::any_of(workload.calls, [](const GuessedCall& call) { return !call.circular; });
  if (some) out += "      calls:\n";
  for (const GuessedCall& call : workload.calls) {
    const std::string url = as_yaml(url_of(call, workload.meta->ns));
    out += fmt::format(
        "{}- {{to: {}}}  # {}guess, from {}\n", call.circular ? "      # " : "        ", url,
        call.circular ? "left out, as it leads back here; a " : "", source_of(call.from));
  }
}

/// What may be a call and was not taken for one: the first of many are enough to look for more.
void write_passed_over(const GuessedWorkload& workload, std::string_view indent, std::string& out) {
  constexpr std::size_t kMost = 6;
  for (std::size_t i = 0; i < std::min(workload.passed_over.size(), kMost); ++i) {
    const PassedOver& one = workload.passed_over[i];
    out += fmt::format("{}# passed over: {}: {}\n", indent, source_of(one.what), one.why);
  }
  if (workload.passed_over.size() > kMost)
    out += fmt::format("{}# passed over: {} more\n", indent, workload.passed_over.size() - kMost);
}

/// Not the name of a workload that there is.
std::string client_name(const std::vector<GuessedWorkload>& workloads) {
  std::string name = "client";
  while (std::ranges::any_of(workloads, [&](const auto& one) { return one.meta->name == name; }))
    name += "-of-draft";
  return name;
}

/// Who only asks, as a generator of load does.
bool only_asks(const GuessedWorkload& one) { return one.service == nullptr && !one.calls.empty(); }

/// The loads of a draft: through Gateways, by those that only ask, and to those that nobody seems
/// to ask; if there are none, to the first.
class Loads {
 public:
  Loads(const std::vector<GuessedWorkload>& workloads, std::string client)
      : workloads_(workloads), client_(std::move(client)) {}

  void from_gateways(const config::Resources& resources) {
    for (const GatewayLoad& one : gateway_loads(resources)) {
      const config::Place& place = one.rules->meta.place;
      write(name_of(one.rules->meta), "gateway/" + name_of(one.gateway->meta), one.url,
            fmt::format("a guess, from VirtualService {} ({}:{})", one.rules->meta.full_name(),
                        place.file == nullptr ? "" : *place.file, place.line));
      asked_.insert(one.leads_to.begin(), one.leads_to.end());
      for (const config::Service& service : resources.services) {
        if (config::contains(service.selector, one.gateway->selector)) asked_.insert(&service);
      }
    }
  }

  void from_workloads() {
    for (const GuessedWorkload& one : workloads_) {
      if (!only_asks(one)) continue;
      for (const GuessedCall& call : one.calls)
        write(name_of(*one.meta), name_of(*one.meta), url_of(call, one.meta->ns),
              "a guess, from " + source_of(call.from));
      write_passed_over(one, "    ", text_);
    }
  }

  void from_client() {
    for (const GuessedWorkload& one : workloads_) {
      if (serves(one) && !one.called) ask(one, "a guess, as nobody here seems to call it");
    }
    const auto first = std::ranges::find_if(workloads_, serves);
    if (text_.empty() && first != workloads_.end())
      ask(*first, "a guess, as somebody must be called");
  }

  const std::string& text() const { return text_; }
  bool needs_client() const { return needs_client_; }

 private:
  static bool serves(const GuessedWorkload& one) {
    return one.service != nullptr && usual_port(*one.service) != 0;
  }

  void ask(const GuessedWorkload& one, const char* why) {
    if (!asked_.insert(one.service).second) return;  // a Service may have several workloads
    write(name_of(one.service->meta), client_,
          url_of(*one.service, usual_port(*one.service), "/", "default"), why);
    needs_client_ = true;
  }

  /// Each load has a name of its own.
  void write(std::string name, const std::string& from, const std::string& url,
             const std::string& why) {
    const int number = ++names_[name];
    if (number > 1) name += fmt::format("-{}", number);
    text_ +=
        fmt::format("    - {{name: {}, from: {}, to: {}, rate: 20/s}}  # {}; the rate is assumed\n",
                    as_yaml(name), as_yaml(from), as_yaml(url), why);
  }

  const std::vector<GuessedWorkload>& workloads_;
  const std::string client_;
  std::map<std::string, int> names_;
  std::set<const config::Service*> asked_;
  std::string text_;
  bool needs_client_ = false;
};

}  // namespace

bool has_workloads(const config::Resources& resources) {
  return !resources.deployments.empty() || !resources.stateful_sets.empty() ||
         !resources.pods.empty();
}

std::string draft(const config::Resources& resources, const std::vector<std::string>& manifests) {
  const std::vector<GuessedWorkload> workloads = guess_calls(resources);
  const std::string client = client_name(workloads);
  std::vector<std::string> paths;
  for (const std::string& path : manifests) paths.push_back(as_yaml(path));
  std::string out = fmt::format(
      "# A draft. What is marked as guessed or assumed does not stand in the manifests: put "
      "what you measure in its\n"
      "# place. `squall graph` shows who calls whom, `squall run` what happens.\n"
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {{name: draft}}\nspec:\n"
      "  manifests: [{}]\n  warmup: 10s\n  duration: 70s\n  load:\n",
      fmt::join(paths, ", "));
  Loads loads(workloads, client);
  loads.from_gateways(resources);
  loads.from_workloads();
  loads.from_client();
  out += loads.text().empty() ? "    []  # no workload has a Service, so nobody can be called\n"
                              : loads.text();
  out += "  workloads:\n";
  if (loads.needs_client()) {
    out += fmt::format(
        "    {}: {{replicas: 1}}  # who calls from within the mesh, as an ingress gateway does\n",
        client);
  }
  for (const GuessedWorkload& one : workloads) {
    if (only_asks(one)) continue;
    out += fmt::format("    {}:\n      latency: {}  # assumed: its own work, without its calls\n",
                       as_yaml(name_of(*one.meta)), kLatency);
    write_calls(one, out);
    write_passed_over(one, "      ", out);
  }
  out +=
      "  # What may break, and what must hold then; see docs/scenario_format.md.\n"
      "  # faults:\n  #   - {at: 30s, for: 20s, workload: NAME, slow: {latency: 2s}}\n"
      "  # expect:\n  #   - success{load=\"NAME\"} > 99%\n";
  return out;
}

std::string blank_draft() {
  return fmt::format(
      "# A scenario without Kubernetes: who works how long, who calls whom, what breaks, what must "
      "hold.\n"
      "# Your own manifests: `squall new --manifests DIR`. All fields: docs/scenario_format.md.\n"
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {{name: draft}}\nspec:\n  warmup: 10s\n"
      "  duration: 70s\n  load:\n    - {{name: users, from: outside, to: http://web/, rate: "
      "20/s}}\n"
      "  workloads:\n    web:\n      replicas: 2\n      latency: {0}\n"
      "      calls: [{{to: http://db/}}]\n    db:\n      concurrency: 8\n      latency: {0}\n"
      "  faults:\n    - {{at: 30s, for: 20s, workload: db, slow: {{factor: 5}}}}\n"
      "  expect:\n    - success{{load=\"users\"}} > 99%\n",
      kLatency);
}

}  // namespace squall::scenarios
