#include "reports/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "reports/flags.h"
#include "reports/text.h"

namespace squall::reports {
namespace {

constexpr double kFull = 0.9;        // utilization from which waiting grows steeply
constexpr double kWaits = 0.05;      // of a request's time in a workload that is worth a word
constexpr double kMultiplied = 1.1;  // attempts a request worth a word
constexpr std::size_t kMostReasons = 3;

/// Most frequent first; the name decides between equals, since a map has no order of its own.
std::vector<std::pair<std::string, std::uint64_t>> ranked(
    const google::protobuf::Map<std::string, std::uint64_t>& map) {
  std::vector<std::pair<std::string, std::uint64_t>> list(map.begin(), map.end());
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return list;
}

/// "retries used up; no connection to the host could be made" for "URX,UF".
std::string flags_in_words(std::string_view list) {
  std::vector<std::string_view> words;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t to = std::min(list.find(',', from), list.size());
    if (const auto one = flag_in_words(list.substr(from, to - from)); !one.empty())
      words.push_back(one);
    from = to + 1;
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

/// "80 UO, 6 URX,UF, 4 answered with an error". `reset`: what is said of those that have neither
/// flag nor answer.
template <class Message>
std::string reasons(const Message& message, std::string_view reset = "reset without an answer") {
  std::vector<std::string> texts;
  std::uint64_t explained = 0, gone = 0;  // the second: of the clients, which have no status
  for (const auto& [flags, n] : ranked(message.failed_flags())) {
    if (flags == "-") continue;
    explained += n;
    if (flags.contains("DC") || flags.contains("DR")) gone += n;
    const std::string words = flags_in_words(flags);
    texts.push_back(words.empty() ? fmt::format("{} {}", n, flags)
                                  : fmt::format("{} {} ({})", n, flags, words));
  }
  if (texts.size() > kMostReasons) {
    texts.resize(kMostReasons);
    texts.emplace_back("...");
  }
  const auto none = message.status().find("0");
  const std::uint64_t unanswered = none == message.status().end() ? 0 : none->second;
  const std::uint64_t rest = message.failed() - std::min(explained, message.failed());
  const std::uint64_t lost = std::min(rest, unanswered - std::min(gone, unanswered));
  if (lost > 0) texts.push_back(fmt::format("{} {}", lost, reset));
  if (rest > lost) texts.push_back(fmt::format("{} answered with an error", rest - lost));
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// Of those without a route: 404, which is an answer, and no failure.
template <class Message>
std::optional<std::string> without_route(std::string_view who, const Message& message) {
  const auto none = message.flags().find("NR");
  if (none == message.flags().end()) return std::nullopt;
  return fmt::format("{}: {} of {} matched no route (NR), answered 404", who, none->second,
                     counted(message.requests(), "request"));
}

/// What a client library did that a reader would ask for.
void find_in_client(std::string_view who, const Client& client, std::vector<std::string>& out) {
  if (client.timeouts() > 0)
    out.push_back(fmt::format("{}: its client gave up {} of {} tries after its timeout", who,
                              client.timeouts(), client.tries()));
  const double multiple = static_cast<double>(client.tries()) /
                          static_cast<double>(std::max<std::uint64_t>(client.calls(), 1));
  if (client.retries() > 0 && multiple >= kMultiplied)
    out.push_back(fmt::format("{}: its client sends {:.2f} tries for each call", who, multiple));
  if (client.over_budget() > 0)
    out.push_back(fmt::format("{}: its client's budget refused to retry {}", who,
                              counted(client.over_budget(), "time")));
  if (client.stopped() > 0)
    out.push_back(fmt::format("{}: its client's breaker stopped a call or a retry {}", who,
                              counted(client.stopped(), "time")));
  if (client.throttled() > 0)
    out.push_back(fmt::format("{}: its client turned {} away by itself, as too few were accepted",
                              who, client.throttled()));
  if (client.no_connection() > 0)
    out.push_back(fmt::format("{}: {} waited in vain for one of its client's connections", who,
                              counted(client.no_connection(), "call")));
}

void find_in_loads(const RunReport& report, std::vector<std::string>& out) {
  const bool interrupted = report.verdict() == "interrupted";
  for (const Load& load : report.loads()) {
    const auto requests = static_cast<double>(load.requests());
    const std::string of = counted(load.requests(), "request");
    if (load.unfinished() > 0) {
      out.push_back(fmt::format("load {}: {} of {} {} ({})", load.name(), load.unfinished(), of,
                                interrupted ? "not answered so far" : "never answered",
                                percent_text(static_cast<double>(load.unfinished()) / requests)));
    }
    if (load.failed() > 0) {
      out.push_back(fmt::format("load {}: {} of {} failed ({}): {}", load.name(), load.failed(), of,
                                percent_text(static_cast<double>(load.failed()) / requests),
                                load.has_connections()
                                    ? reasons(load, "as their connection was lost or not made")
                                    : reasons(load)));
    }
    if (auto none = without_route(fmt::format("load {}", load.name()), load))
      out.push_back(*std::move(none));
    if (load.has_client()) find_in_client(fmt::format("load {}", load.name()), load.client(), out);
    if (const std::uint64_t failed = load.connections().failed(); failed > 0)
      out.push_back(fmt::format("load {}: {} of {} were not made", load.name(), failed,
                                counted(failed + load.connections().opened(), "connection")));
    if (const std::uint64_t lost = load.connections().lost(); lost > 0)
      out.push_back(
          fmt::format("load {}: {} closed by others", load.name(),
                      lost == 1 ? "a connection was" : fmt::format("{} connections were", lost)));
  }
}

std::string limits_reached(const Edge& edge) {
  const Overflows& o = edge.overflows();
  std::vector<std::string> texts;
  for (const auto& [n, limit] :
       {std::pair(o.pending(), "waiting requests"), std::pair(o.requests(), "requests"),
        std::pair(o.retries(), "retries"), std::pair(o.connections(), "connections")}) {
    if (n > 0) texts.push_back(fmt::format("on {} {}", limit, counted(n, "time")));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

void find_in_edges(const RunReport& report, const Names& names, std::vector<std::string>& out) {
  std::vector<const Edge*> edges;
  for (const Edge& edge : report.edges()) edges.push_back(&edge);
  std::stable_sort(edges.begin(), edges.end(),
                   [](const Edge* a, const Edge* b) { return lost(*a) > lost(*b); });
  for (const Edge* edge : edges) {
    const std::string name = names.edge(*edge);
    const std::string of = counted(edge->requests(), "request");
    if (edge->unfinished() > 0)
      out.push_back(fmt::format("{}: {} of {} never answered", name, edge->unfinished(), of));
    if (edge->failed() > 0) {
      out.push_back(
          fmt::format("{}: {} of {} failed: {}", name, edge->failed(), of, reasons(*edge)));
    }
    if (auto none = without_route(name, *edge)) out.push_back(*std::move(none));
    if (overflows(*edge) > 0)
      out.push_back(fmt::format("{}: reached the limit {}", name, limits_reached(*edge)));
    const double multiple = static_cast<double>(edge->attempts()) /
                            static_cast<double>(std::max<std::uint64_t>(edge->requests(), 1));
    if (edge->retries() > 0 && multiple >= kMultiplied) {
      out.push_back(
          fmt::format("{}: retries make {:.2f} attempts of each request", name, multiple));
    }
    if (edge->duplicates() > 0) {
      out.push_back(
          fmt::format("{}: {} more than once", name,
                      edge->duplicates() == 1
                          ? "1 request was carried out"
                          : fmt::format("{} requests were carried out", edge->duplicates())));
    }
    if (edge->ejections() > 0)
      out.push_back(
          fmt::format("{}: {} of failing replicas", name, counted(edge->ejections(), "ejection")));
    if (edge->refused_ejections() > 0) {
      out.push_back(fmt::format("{}: {} refused, as maxEjectionPercent of the replicas were out",
                                name, counted(edge->refused_ejections(), "ejection")));
    }
    if (edge->panics() > 0) {
      out.push_back(fmt::format("{}: panic, {} made among all replicas, as too few were healthy",
                                name, counted(edge->panics(), "pick")));
    }
  }
}

std::string why_shed(const Workload& workload) {
  if (workload.gave_up() == 0) return "its queue was full";
  if (workload.gave_up() == workload.shed()) return "as they had waited for too long";
  return fmt::format("{} of them as they had waited for too long, the others as its queue was full",
                     workload.gave_up());
}

/// Of the time that requests spend in a workload; Little's law makes it a ratio of levels.
double waiting_share(const Workload& workload) {
  if (workload.in_system_mean() <= 0 || !workload.latency_s().has_mean()) return 0;
  return workload.queue().mean() / workload.in_system_mean();
}

void find_in_workloads(const RunReport& report, const Names& names, std::vector<std::string>& out) {
  for (const Workload& workload : report.workloads()) {
    const std::string name = names(workload.name());
    const bool several = workload.replicas() > 1;
    if (workload.has_utilization() && workload.utilization() >= kFull) {
      out.push_back(fmt::format("{}: {} busy, {} waiting on average{}, at most {}{}", name,
                                percent_text(workload.utilization()),
                                level_text(workload.queue().mean()),
                                several ? " in all replicas" : "", workload.queue().max(),
                                several ? " at once in one of them" : " at once"));
    } else if (waiting_share(workload) >= kWaits) {
      const double whole = workload.latency_s().mean();
      out.push_back(fmt::format(
          "{}: requests waited {} of {} on average for a free slot or core, at most {} at once{}",
          name, duration_text(whole * waiting_share(workload)), duration_text(whole),
          workload.queue().max(), several ? " in one replica" : ""));
    }
    if (workload.shed() > 0)
      out.push_back(fmt::format("{}: turned {} away, {}", name, counted(workload.shed(), "request"),
                                why_shed(workload)));
    const auto wanted = workload.has_scaling()
                            ? std::min(workload.replicas(), workload.scaling().replicas_min())
                            : workload.replicas();
    if (workload.ready_min() < wanted) {
      out.push_back(fmt::format("{}: only {} of {} replicas ready at the worst moment", name,
                                workload.ready_min(), wanted));
    }
    if (workload.has_client()) find_in_client(name, workload.client(), out);
    if (workload.wasted_s() > 0) {
      out.push_back(fmt::format("{}: {} of work for clients that had left", name,
                                duration_text(workload.wasted_s())));
    }
  }
}

/// Of a load or a call.
bool any_failed(const RunReport& report) {
  return std::ranges::any_of(
             report.loads(),
             [](const Load& load) { return load.failed() > 0 || load.unfinished() > 0; }) ||
         std::ranges::any_of(report.edges(), [](const Edge& edge) { return lost(edge) > 0; });
}

}  // namespace

Names::Names(const RunReport& report) {
  bool first = true;
  auto see = [&](std::string_view name) {
    if (name.empty()) return;
    const std::size_t dot = name.rfind('.');
    const std::string_view suffix =
        dot == std::string_view::npos ? std::string_view() : name.substr(dot);
    if (first) suffix_ = suffix;
    if (suffix != suffix_) suffix_.clear();
    first = false;
  };
  for (const Workload& workload : report.workloads()) see(workload.name());
  for (const Edge& edge : report.edges()) {
    see(edge.service());
    see(edge.destination());
  }
}

std::string Names::operator()(std::string_view name) const {
  if (!suffix_.empty() && name.size() > suffix_.size() && name.ends_with(suffix_))
    name.remove_suffix(suffix_.size());
  return std::string(name);
}

std::string Names::in_text(std::string text) const {
  if (suffix_.empty()) return text;
  const auto continues = [](char c) {
    return std::string_view(" ,;:)").find(c) == std::string_view::npos;
  };
  for (std::size_t at = 0; (at = text.find(suffix_, at)) != std::string::npos;) {
    const std::size_t end = at + suffix_.size();
    if (at == 0 || (end < text.size() && continues(text[end]))) {
      at = end;
    } else {
      text.erase(at, suffix_.size());
    }
  }
  return text;
}

std::string Names::edge(const Edge& edge) const {
  std::string text = fmt::format("{} -> {}", (*this)(edge.source()), (*this)(edge.service()));
  if (!edge.subset().empty()) text += fmt::format(" ({})", edge.subset());
  if (!edge.destination().empty() && edge.destination() != edge.service()) {
    text += fmt::format(" at {}", (*this)(edge.destination()));
  }
  return text;
}

std::uint64_t lost(const Edge& edge) { return edge.failed() + edge.unfinished(); }

std::uint64_t overflows(const Edge& edge) {
  const Overflows& o = edge.overflows();
  return o.connections() + o.pending() + o.requests() + o.retries();
}

std::vector<std::string> findings(const RunReport& report) {
  const Names names(report);
  std::vector<std::string> out;
  find_in_loads(report, out);
  for (const std::string& cause : report.causes()) {
    std::string text = names.in_text(cause);
    // A connection that failed may have hurt nobody, as another attempt was made.
    if (!any_failed(report) && !cause.ends_with("404 NR")) text += "; no request failed of it";
    out.push_back(std::move(text));
  }
  find_in_edges(report, names, out);
  find_in_workloads(report, names, out);
  return out;
}

std::vector<std::string> unrouted(const RunReport& report) {
  const Names names(report);
  std::vector<std::string> out;
  const auto add = [&](std::optional<std::string> one) {
    if (one) out.push_back(*std::move(one));
  };
  for (const Load& load : report.loads())
    add(without_route(fmt::format("load {}", load.name()), load));
  for (const Edge& edge : report.edges()) add(without_route(names.edge(edge), edge));
  if (out.empty()) return out;
  for (const std::string& cause : report.causes()) out.push_back(names.in_text(cause));
  return out;
}

std::vector<std::string> held_connections(const RunReport& report) {
  std::vector<std::string> out;
  for (const Load& load : report.loads()) {
    if (!load.has_connections()) continue;
    const Connections& held = load.connections();
    out.push_back(fmt::format("{}: {} made, {} not made, {} closed by others", load.name(),
                              counted(held.opened(), "connection"), held.failed(), held.lost()));
  }
  return out;
}

}  // namespace squall::reports
