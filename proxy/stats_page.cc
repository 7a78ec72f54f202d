#include "proxy/stats_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "policies/base/percent.h"

namespace squall::proxy {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// The end of a name that says a status or its class, "_rq_200" or "_rq_2xx", becomes a label.
void take_status(std::string& name, Labels& labels) {
  const std::size_t at = name.rfind('_');
  if (at == std::string::npos || name.size() - at != 4 || name[at + 1] < '1' ||
      name[at + 1] > '5' || !std::string_view(name).substr(0, at).ends_with("_rq"))
    return;
  const std::string end = name.substr(at + 1);
  if (end.ends_with("xx")) {
    labels.emplace_back("envoy_response_code_class", end.substr(0, 1));
    name.replace(at + 1, 3, "xx");
  } else if (end[1] >= '0' && end[1] <= '9' && end[2] >= '0' && end[2] <= '9') {
    labels.emplace_back("envoy_response_code", end);
    name.resize(at);
  }
}

/// The part of a name that begins at `from` becomes a label, when a dot ends it.
void take_part(std::string& name, std::size_t from, const char* label, Labels& labels) {
  const std::size_t end = name.find('.', from);
  if (end == std::string::npos) return;
  labels.emplace_back(label, name.substr(from, end - from));
  name.erase(from, end + 1 - from);
}

/// Whose it is, as in "cluster.NAME." and "http.PREFIX.", becomes a label too.
void take_owner(std::string& name, std::span<const std::string_view> clusters, Labels& labels) {
  if (name.starts_with("cluster.")) {
    std::string_view longest;
    for (const std::string_view one : clusters) {
      const std::string_view rest = std::string_view(name).substr(8);
      const bool owns = rest.starts_with(one) && rest.substr(one.size()).starts_with('.');
      if (owns && one.size() > longest.size()) longest = one;
    }
    if (longest.empty()) return;
    labels.emplace_back("envoy_cluster_name", longest);
    name.erase(8, longest.size() + 1);
  } else if (name.starts_with("http.")) {
    take_part(name, 5, "envoy_http_conn_manager_prefix", labels);
  } else if (name.starts_with("tcp.")) {
    take_part(name, 4, "envoy_tcp_prefix", labels);
  } else if (name.starts_with("vhost.")) {
    const std::size_t of_cluster = name.find(".vcluster.");
    if (of_cluster == std::string::npos) return;
    labels.emplace_back("envoy_virtual_host", name.substr(6, of_cluster - 6));
    name.erase(6, of_cluster - 5);
    take_part(name, std::string_view("vhost.vcluster.").size(), "envoy_virtual_cluster", labels);
  } else if (name.find('.') == name.find(".http_local_rate_limit.")) {
    take_part(name, 0, "envoy_local_http_ratelimit_prefix", labels);
  }
}

std::string prometheus_name(std::string_view name) {
  std::string out = "envoy_";
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':';
    out += plain ? c : '_';
  }
  return out;
}

std::string line_of(const std::string& name, const Labels& labels, std::uint64_t value) {
  std::string line = name + "{";
  for (const auto& [key, text] : labels) {
    if (!line.ends_with('{')) line += ',';
    line += key + "=\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
    line += '"';
  }
  return line + fmt::format("}} {}\n", value);
}

std::string prometheus(std::span<const policies::NamedStat* const> stats,
                       std::span<const std::string_view> clusters) {
  struct Metric {
    bool gauge = false;
    std::string lines;
  };
  std::map<std::string, Metric> metrics;
  for (const policies::NamedStat* stat : stats) {
    std::string name = stat->name;
    Labels labels;
    take_status(name, labels);
    take_owner(name, clusters, labels);
    name = prometheus_name(name);
    Metric& metric = metrics[name];
    metric.gauge = stat->kind == policies::StatKind::kGauge;
    metric.lines += line_of(name, labels, stat->value);
  }
  std::string out;
  for (const auto& [name, metric] : metrics)
    out += fmt::format("# TYPE {} {}\n{}", name, metric.gauge ? "gauge" : "counter", metric.lines);
  return out;
}

std::string json(std::span<const policies::NamedStat* const> stats) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const policies::NamedStat* stat : stats)
    list.push_back({{"name", stat->name}, {"value", stat->value}});
  return nlohmann::ordered_json{{"stats", std::move(list)}}.dump();
}

/// What stands before the first such character, and behind it.
std::pair<std::string_view, std::string_view> split(std::string_view text, char at) {
  const auto found = std::ranges::find(text, at);
  return {{text.begin(), found}, {found == text.end() ? found : found + 1, text.end()}};
}

}  // namespace

AdminQuery::AdminQuery(std::string_view text) {
  while (!text.empty()) {
    const auto [pair, others] = split(text, '&');
    const auto [key, value] = split(pair, '=');
    pairs_.emplace_back(percent_decode(key), percent_decode(value));
    text = others;
  }
}

std::optional<std::string> AdminQuery::value(std::string_view name) const {
  const auto at = std::ranges::find(pairs_, name, [](const auto& pair) { return pair.first; });
  return at == pairs_.end() ? std::nullopt : std::optional(at->second);
}

AdminQuery AdminQuery::with(std::string_view name, std::string_view value) const {
  AdminQuery other = *this;
  other.pairs_.insert(other.pairs_.begin(), {std::string(name), std::string(value)});
  return other;
}

AdminPage bad_regex(const re2::RE2& regex) {
  return {.status = 400, .body = fmt::format("Invalid re2 regex: {}\n", regex.error())};
}

AdminPage print_stats(const AdminQuery& query, std::span<const policies::NamedStat> stats,
                      std::span<const std::string_view> clusters) {
  const std::string format = query.value("format").value_or("text");
  if (format != "text" && format != "json" && format != "prometheus")
    return {.status = 400, .body = "usage: /stats?format=(json|prometheus|text)\n"};
  const std::string type = query.value("type").value_or("All");
  constexpr std::string_view kTypes[] = {"All", "Counters", "Gauges", "Histograms", "TextReadouts"};
  if (std::ranges::find(kTypes, type) == std::end(kTypes))
    return {.status = 400, .body = "invalid &type= param\n"};
  const re2::RE2 filter(query.value("filter").value_or(""), re2::RE2::Quiet);
  if (!filter.ok()) return bad_regex(filter);
  const bool used_only = query.value("usedonly").has_value();
  std::vector<const policies::NamedStat*> shown;
  for (const policies::NamedStat& stat : stats) {
    const bool of_type =
        type == "All" || type == (stat.kind == policies::StatKind::kGauge ? "Gauges" : "Counters");
    const bool used = stat.value != 0 || !used_only;
    if (of_type && used && re2::RE2::PartialMatch(stat.name, filter)) shown.push_back(&stat);
  }
  if (format == "json") return {.type = "application/json", .body = json(shown)};
  if (format == "prometheus") return {.body = prometheus(shown, clusters)};
  AdminPage page;
  for (const policies::NamedStat* stat : shown)
    page.body += fmt::format("{}: {}\n", stat->name, stat->value);
  return page;
}

}  // namespace squall::proxy
