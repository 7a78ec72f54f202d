#include "policies/route.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "policies/base/ascii.h"

namespace squall::policies {
namespace {

bool has_upper_case(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// "/a;v=1/b;w" as "/a/b".
std::string without_parameters(std::string_view path) {
  std::string result;
  bool in_parameters = false;
  for (const char c : path) {
    if (c == ';') in_parameters = true;
    if (c == '/') in_parameters = false;
    if (!in_parameters) result += c;
  }
  return result;
}

bool path_matches(const PathMatch& match, std::string_view path, const RequestHead& head) {
  const auto has_prefix = [&] {
    return equal_text(path.substr(0, match.value.size()), match.value, !match.case_sensitive);
  };
  switch (match.kind) {
    case PathMatch::Kind::kConnect:
      return head.method == "CONNECT";
    case PathMatch::Kind::kPrefix:
      return has_prefix();
    case PathMatch::Kind::kExact:
      return equal_text(path, match.value, !match.case_sensitive);
    case PathMatch::Kind::kSeparatedPrefix:
      return has_prefix() && (path.size() == match.value.size() || path[match.value.size()] == '/');
    case PathMatch::Kind::kTemplate:
      return matches(*match.shape, bare_path(head.path));  // with its parameters, always
    case PathMatch::Kind::kRegex:
      return re2::RE2::FullMatch(re2::StringPiece(path.data(), path.size()), *match.regex);
  }
  return false;
}

/// All conditions but the random one.
bool conditions_hold(const RouteMatch& match, const RequestHead& head, std::string_view path,
                     bool grpc) {
  if (head.path.empty() && match.path.kind != PathMatch::Kind::kConnect) return false;
  if ((match.grpc && !grpc) || match.wants_tls) return false;
  if (!path_matches(match.path, path, head)) return false;
  for (const HeaderMatch& header : match.headers) {
    if (!matches(header, head)) return false;
  }
  if (match.query.empty()) return true;
  const std::size_t mark = head.path.find('?');
  const std::string_view query =
      mark == std::string_view::npos ? std::string_view() : head.path.substr(mark + 1);
  return std::ranges::all_of(match.query,
                             [&](const QueryMatch& one) { return matches(one, query); });
}

bool is_https(const RequestHead& head) {
  return find_header(head.headers, "x-forwarded-proto").value_or(head.scheme) == "https";
}

bool requires_tls(const VirtualHost& host, const RequestHead& head) {
  switch (host.require_tls) {
    case VirtualHost::RequireTls::kNone:
      return false;
    case VirtualHost::RequireTls::kExternalOnly:
      return !head.internal && !is_https(head);
    case VirtualHost::RequireTls::kAll:
      return !is_https(head);
  }
  return false;
}

/// The header's number, when the header is there exactly once and is one.
std::optional<std::uint64_t> number_of(Headers headers, std::string_view name) {
  std::optional<std::string_view> text;
  for (const HeaderField& field : headers) {
    if (field.name != name) continue;
    if (text) return std::nullopt;
    text = field.value;
  }
  if (text && text->starts_with('+')) text->remove_prefix(1);
  if (!text || text->empty()) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, failure] = std::from_chars(text->data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Router::Router(const RouteTable& table) : table_(&table) {
  for (const VirtualHost& host : table.hosts) {
    indices_.emplace_back(host.routes);
    for (const std::string& text : host.domains) {
      const std::string domain = lower_case(text);
      if (domain == "*") {
        if (any_ == nullptr) any_ = &host;
      } else if (domain.starts_with('*')) {
        suffixes_.push_back({domain.substr(1), &host});
      } else if (domain.ends_with('*')) {
        prefixes_.push_back({domain.substr(0, domain.size() - 1), &host});
      } else {
        exact_.emplace(domain, &host);
      }
    }
  }
  const auto longest_first = [](const Wildcard& a, const Wildcard& b) {
    return a.fixed.size() > b.fixed.size();
  };
  std::ranges::stable_sort(suffixes_, longest_first);
  std::ranges::stable_sort(prefixes_, longest_first);
  only_any_ = exact_.empty() && suffixes_.empty() && prefixes_.empty();
}

const VirtualHost* Router::host_of(const RequestHead& head) const {
  if (only_any_) return any_;
  if (table_->vhost_header.empty())  // an empty host is one
    return head.authority.data() == nullptr ? nullptr : find_host(head.authority);
  const auto named = find_header(head.headers, table_->vhost_header);
  return named ? find_host(*named) : nullptr;
}

const VirtualHost* Router::find_host(std::string_view authority) const {
  std::string lower;
  if (has_upper_case(authority)) authority = lower = lower_case(authority);
  if (table_->ignore_port_in_host) authority = authority.substr(0, port_start(authority));
  if (const auto found = exact_.find(authority); found != exact_.end()) return found->second;
  // A wildcard stands for one character at least.
  for (const Wildcard& suffix : suffixes_) {
    if (authority.size() > suffix.fixed.size() && authority.ends_with(suffix.fixed)) {
      return suffix.host;
    }
  }
  for (const Wildcard& prefix : prefixes_) {
    if (authority.size() > prefix.fixed.size() && authority.starts_with(prefix.fixed)) {
      return prefix.host;
    }
  }
  return any_;
}

RouteChoice Router::find(const RequestHead& head, std::uint64_t random) const {
  RouteChoice choice;
  choice.grpc = is_grpc(head);
  choice.virtual_host = host_of(head);
  if (choice.virtual_host == nullptr) return choice;
  if (head.scheme.empty()) return choice;  // x-forwarded-proto is
  choice.require_tls = requires_tls(*choice.virtual_host, head);
  if (choice.require_tls) return choice;
  std::string_view path = bare_path(head.path);
  std::string stripped;
  if (table_->ignore_path_parameters && path.find(';') != std::string_view::npos) {
    path = stripped = without_parameters(path);
  }
  const std::vector<Route>& routes = choice.virtual_host->routes;
  const auto number = static_cast<std::size_t>(choice.virtual_host - table_->hosts.data());
  indices_[number].each(path, [&](std::uint32_t i) {
    const Route& route = routes[i];
    if (!conditions_hold(route.match, head, path, choice.grpc)) return false;
    // Last, so that the random number is used only where it decides; all conditions must hold
    // anyway.
    if (const auto& fraction = route.match.runtime_fraction) {
      const bool certain = fraction->numerator == 0 || fraction->numerator >= fraction->denominator;
      choice.used_random = choice.used_random || !certain;
      if (random % fraction->denominator >= fraction->numerator) return false;
    }
    choice.route = &route;
    return true;
  });
  return choice;
}

std::uint32_t VirtualClusters::number_of(const RequestHead& head) const {
  const auto found = std::ranges::find_if(list, [&](const VirtualCluster& one) {
    return std::ranges::all_of(one.headers,
                               [&](const HeaderMatch& match) { return matches(match, head); });
  });
  return first + static_cast<std::uint32_t>(found - list.begin());
}

const std::string& VirtualClusters::name(std::size_t i) const {
  static const std::string other = "other";
  return i < list.size() ? list[i].name : other;
}

std::uint32_t pick_entry(const Forward& forward, const RequestHead& head, std::uint64_t random) {
  const auto none = static_cast<std::uint32_t>(forward.clusters.size());
  if (none <= 1) return 0;
  if (forward.total_weight == 0) return none;
  if (!forward.weight_header.empty()) {
    random = number_of(head.headers, forward.weight_header).value_or(random);
  }
  std::uint64_t left = random % forward.total_weight;
  for (std::uint32_t i = 0; i < none; ++i) {
    if (left < forward.clusters[i].weight) return i;
    left -= forward.clusters[i].weight;
  }
  return none;
}

}  // namespace squall::policies
