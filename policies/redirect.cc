#include "policies/redirect.h"

#include <algorithm>
#include <string_view>

#include "policies/headers.h"

namespace squall::policies {
namespace {

/// What the client spoke, as far as the proxy knows.
std::string_view protocol_of(const RequestHead& head) {
  return find_header(head.headers, "x-forwarded-proto").value_or(head.scheme);
}

/// The request's host; its port goes when another one comes, or when it was the old scheme's
/// default.
std::string_view host_of(const RequestHead& head, std::string_view scheme, bool new_port) {
  const std::size_t at = port_start(head.authority);
  if (at == std::string_view::npos) return head.authority;
  const std::string_view port = head.authority.substr(at);
  const std::string_view spoken = protocol_of(head);
  const bool was_default =
      (spoken == "https" && port == ":443") || (spoken == "http" && port == ":80");
  const bool drop = new_port || (scheme != spoken && was_default);
  return drop ? head.authority.substr(0, at) : head.authority;
}

std::string path_of(const Redirect& redirect, const PathMatch& match, std::string_view path) {
  if (!redirect.path.empty()) {
    if (redirect.path.find('?') != std::string::npos) return redirect.path;
    const std::size_t query = redirect.strip_query ? std::string_view::npos : path.find('?');
    if (query == std::string_view::npos) return redirect.path;
    return redirect.path + std::string(path.substr(query));
  }
  const RegexRewrite* regex = redirect.regex_rewrite ? &*redirect.regex_rewrite : nullptr;
  std::string result =
      rewrite_path(redirect.prefix_rewrite, regex, match, path).value_or(std::string(path));
  if (redirect.strip_query) result.resize(std::min(result.size(), result.find('?')));
  return result;
}

}  // namespace

std::string redirect_location(const Redirect& redirect, const PathMatch& match,
                              const RequestHead& head) {
  const std::string_view scheme = !redirect.scheme.empty() ? redirect.scheme
                                  : redirect.https         ? std::string_view("https")
                                                           : head.scheme;
  const std::string_view host = !redirect.host.empty() ? std::string_view(redirect.host)
                                                       : host_of(head, scheme, redirect.port != 0);
  std::string location(scheme);
  location += "://";
  location += host;
  if (redirect.port != 0) location += ":" + std::to_string(redirect.port);
  return location + path_of(redirect, match, head.path);
}

std::string direct_location(const Route& route, const RequestHead& head) {
  if (const auto* redirect = std::get_if<Redirect>(&route.action))
    return has_location(redirect->status) ? redirect_location(*redirect, route.match.path, head)
                                          : std::string();
  const bool located = has_location(std::get<DirectResponse>(route.action).status);
  return located ? redirect_location({}, route.match.path, head) : std::string();
}

std::string tls_location(const RequestHead& head) {
  return "https://" + std::string(head.authority) + std::string(head.path);
}

bool has_location(std::uint16_t status) { return status == 201 || (status >= 300 && status < 400); }

}  // namespace squall::policies
