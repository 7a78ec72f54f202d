#include "policies/internal_redirect.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "policies/base/ascii.h"
#include "policies/text_in.h"

namespace squall::policies {
namespace {

struct Url {
  std::string_view scheme, authority, path;  // without fragment; the path with its query
};

bool is_scheme(std::string_view text, std::string_view scheme) {
  return std::ranges::equal(text, scheme, {}, [](char c) { return lower_case(c); });
}

/// What may stand in a request's first line.
bool is_clean(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' ? c != 0x7f : c < 0; });
}

/// A host, with a port or without.
bool is_authority(std::string_view text) {
  const std::size_t colon = port_start(text);
  const std::string_view host = text.substr(0, colon);
  if (host.empty() || !is_clean(host)) return false;
  if (colon == std::string_view::npos) return true;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data() + colon + 1, end, port);
  return failure == std::errc() && stop == end;
}

/// An absolute http or https URL that a request can be made of; else none.
std::optional<Url> parse(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url{.scheme = text.substr(0, colon), .authority = text.substr(colon + 3), .path = "/"};
  if (!is_scheme(url.scheme, "http") && !is_scheme(url.scheme, "https")) return std::nullopt;
  const std::size_t end = url.authority.find_first_of("/?#");
  if (end != std::string_view::npos) {
    const std::string_view rest = url.authority.substr(end);
    url.path = rest.substr(0, rest.find('#'));
    url.authority = url.authority.substr(0, end);
  }
  const std::size_t user = url.authority.rfind('@');
  if (user != std::string_view::npos) url.authority.remove_prefix(user + 1);
  if (!is_authority(url.authority) || !is_clean(url.path)) return std::nullopt;
  return url;
}

}  // namespace

bool redirected_request(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                        const ResponseHead& response, HeaderEdits& edits, KeptRequest& out) {
  const Request& request = worker.request(worker.attempt(index).request);
  const InternalRedirect& policy = *std::get<Forward>(request.route->action).internal_redirect;
  const auto location = find_header(response.headers, "location");
  const std::optional<Url> url = location ? parse(*location) : std::nullopt;
  if (!url) return false;
  // By the connection, which has no TLS, whatever the request's scheme is.
  const bool to_https = is_scheme(url->scheme, "https");
  if (to_https && (!policy.allow_cross_scheme || policy.safe_cross_scheme)) return false;
  KeptRequest sent;
  upstream_request(worker, index, received, edits, sent);
  out.clear();
  TextArena& text = out.text;
  for (const auto& [name, value] : sent.headers)
    out.headers.push_back({text.store(name), text.store(value)});
  for (const std::string& name : policy.copied_headers) {
    remove_field(out.headers, name);
    for (const HeaderField& field : response.headers) {
      if (field.name == name) out.headers.push_back({name, text.store(field.value)});
    }
  }
  set_field(out.headers, "x-envoy-original-url",
            text_in(text, "http://{}{}", sent.authority, sent.path));
  out.scheme = text.store(url->scheme);
  out.authority = text.store(url->authority);
  out.path = url->path.starts_with('?') ? text_in(text, "/{}", url->path) : text.store(url->path);
  out.method = text.store(sent.method);
  out.http2 = received.http2;
  out.internal = received.internal;
  out.connection = received.connection;
  out.local = received.local;
  out.local_port = received.local_port;
  if (response.status == 303 && out.method != "GET" && out.method != "HEAD") {
    out.method = "GET";
    remove_field(out.headers, "content-length");
  }
  return true;
}

}  // namespace squall::policies
