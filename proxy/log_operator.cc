#include "proxy/log_operator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "policies/base/ascii.h"
#include "policies/base/percent.h"
#include "proxy/flag_names.h"
#include "proxy/log_time.h"

namespace squall::proxy {
namespace {

template <class T>
void append_number(std::string& line, T number) {
  fmt::format_to(std::back_inserter(line), "{}", number);
}

/// Milliseconds; false when it did not come to that.
bool append_ms(std::string& line, Duration since_start) {
  if (since_start < Duration::zero()) return false;
  append_number(line, to_ms(since_start));
  return true;
}

bool append_if(std::string& line, std::string_view text) {
  line += text;
  return !text.empty();
}

bool append_socket(std::string& line, std::string_view address, std::uint16_t port) {
  if (address.empty()) return false;
  const bool v6 = address.find(':') != std::string_view::npos;
  if (v6) line += '[';
  line += address;
  line += v6 ? "]:" : ":";
  append_number(line, port);
  return true;
}

/// An address's host, or its port: "[::1]:80".
std::string_view host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}
std::string_view port_of(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : address.substr(colon + 1);
}

/// Whose request it was; who connected, where its head was not taken.
std::string_view client_of(const LoggedRequest& record) {
  return record.request->peer.empty() ? record.ends->peer_address : record.request->peer;
}
std::uint16_t client_port_of(const LoggedRequest& record) {
  return record.request->peer.empty() ? record.ends->peer_port : record.request->peer_port;
}

std::string host_name() {
  char name[256] = "-";
  ::gethostname(name, sizeof name - 1);
  return name;
}

/// Flags by their long names.
void append_long(std::string& line, std::string_view flags) {
  while (!flags.empty()) {
    const std::size_t comma = std::min(flags.find(','), flags.size());
    line += long_name(flags.substr(0, comma));
    if (comma < flags.size()) line += ',';
    flags.remove_prefix(std::min(comma + 1, flags.size()));
  }
}

/// The first value of a query's parameter, decoded.
bool append_parameter(std::string& line, std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    pair.remove_prefix(std::min(equals + 1, pair.size()));
    line += percent_decode(pair);
    return true;
  }
  return false;
}

std::string_view query_of(std::string_view path) {
  const std::size_t mark = path.find('?');
  return mark == std::string_view::npos ? std::string_view() : path.substr(mark + 1);
}

/// The first of two headers that is there.
template <class Find>
bool append_header(std::string& line, const Find& find, const std::string& name,
                   const std::string& other) {
  std::optional<std::string_view> value = find(name);
  if (!value && !other.empty()) value = find(other);
  line += value.value_or("");
  return value.has_value();
}

/// A header of a request, pseudo-headers too.
struct RequestHeaders {
  policies::RequestHead head;
  std::optional<std::string_view> operator()(const std::string& name) const {
    return policies::find_header(head, name);
  }
};

}  // namespace

struct LogOperator::Name {
  std::string_view name;
  Kind kind;
};

/// Null: no operator of that name is honoured.
const LogOperator::Name* LogOperator::find(std::string_view name) {
  using enum Kind;
  static constexpr Name kNames[] = {
      {"REQ", kReq},
      {"RESP", kResp},
      {"RESPONSE_CODE", kResponseCode},
      {"RESPONSE_CODE_DETAILS", kResponseCodeDetails},
      {"RESPONSE_FLAGS", kResponseFlags},
      {"PROTOCOL", kProtocol},
      {"START_TIME", kStartTime},
      {"DURATION", kDuration},
      {"REQUEST_DURATION", kRequestDuration},
      {"RESPONSE_DURATION", kResponseDuration},
      {"RESPONSE_TX_DURATION", kResponseTxDuration},
      {"BYTES_RECEIVED", kBytesReceived},
      {"BYTES_SENT", kBytesSent},
      {"ROUTE_NAME", kRouteName},
      {"RESPONSE_FLAGS_LONG", kFlagsLong},
      {"UPSTREAM_CLUSTER", kUpstreamCluster},
      {"UPSTREAM_CLUSTER_RAW", kUpstreamCluster},
      {"UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", kUpstreamWithoutPort},
      {"UPSTREAM_REMOTE_PORT", kUpstreamPort},
      {"UPSTREAM_HOST_NAME", kUpstreamName},
      {"UPSTREAM_HOST_NAME_WITHOUT_PORT", kUpstreamNameWithoutPort},
      {"UPSTREAM_LOCAL_ADDRESS", kUpstreamLocal},
      {"UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", kUpstreamLocalWithoutPort},
      {"UPSTREAM_LOCAL_PORT", kUpstreamLocalPort},
      {"UPSTREAM_PROTOCOL", kUpstreamProtocol},
      {"PATH", kPath},
      {"QUERY_PARAM", kQueryParameter},
      {"QUERY_PARAMS", kQuery},
      {"EMIT_TIME", kEmitTime},
      {"HOSTNAME", kText},
      {"ENVIRONMENT", kText},
      {"ACCESS_LOG_TYPE", kText},
      {"UPSTREAM_HOST", kUpstreamHost},
      {"UPSTREAM_REMOTE_ADDRESS", kUpstreamHost},
      {"UPSTREAM_REQUEST_ATTEMPT_COUNT", kAttemptCount},
      {"UPSTREAM_TRANSPORT_FAILURE_REASON", kTransportFailure},
      {"DOWNSTREAM_DIRECT_REMOTE_ADDRESS", kPeerAddress},
      {"DOWNSTREAM_REMOTE_ADDRESS", kClientAddress},
      {"DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", kPeerWithoutPort},
      {"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", kClientWithoutPort},
      {"DOWNSTREAM_DIRECT_REMOTE_PORT", kPeerPort},
      {"DOWNSTREAM_REMOTE_PORT", kClientPort},
      {"DOWNSTREAM_LOCAL_ADDRESS", kLocalAddress},
      {"DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", kLocalWithoutPort},
      {"DOWNSTREAM_LOCAL_PORT", kLocalPort},
      {"DOWNSTREAM_DIRECT_LOCAL_ADDRESS", kLocalAddress},
      {"DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT", kLocalWithoutPort},
      {"DOWNSTREAM_DIRECT_LOCAL_PORT", kLocalPort},
      {"STREAM_ID", kStreamId},
      {"VIRTUAL_CLUSTER_NAME", kVirtualCluster},
      {"DOWNSTREAM_TLS_VERSION", kNothing},
      {"DOWNSTREAM_TRANSPORT_FAILURE_REASON", kNothing},
      {"REQUESTED_SERVER_NAME", kNothing},
      {"CONNECTION_TERMINATION_DETAILS", kNothing},
  };
  const Name* const at = std::ranges::find(kNames, name, &Name::name);
  return at == std::end(kNames) ? nullptr : at;
}

bool LogOperator::read(std::string_view body) {
  const std::size_t end = std::min(body.find_first_of("(:"), body.size());
  const Name* const at = find(body.substr(0, end));
  if (at == nullptr) return false;
  kind_ = at->kind;
  if (!read_arguments(body.substr(end))) return false;
  if (kind_ == Kind::kPath) return read_path(argument_);
  if (at->name == "HOSTNAME") argument_ = host_name();
  if (at->name == "ACCESS_LOG_TYPE") argument_ = "DownstreamEnd";
  if (at->name == "ENVIRONMENT") {
    const char* const value = argument_.empty() ? nullptr : std::getenv(argument_.c_str());
    if (argument_.empty()) return false;
    argument_ = value != nullptr ? value : "-";
  }
  return true;
}

/// "WQ" or "NQ", with the query or without; then "PATH", "ORIG" or "ORIG_OR_PATH".
bool LogOperator::read_path(std::string_view argument) {
  const std::size_t colon = std::min(argument.find(':'), argument.size());
  const std::string_view query = argument.substr(0, colon);
  const std::string_view which = argument.substr(std::min(colon + 1, argument.size()));
  with_query_ = query != "NQ";
  original_ = which != "PATH";
  current_ = which != "ORIG";
  const bool known = which.empty() || which == "PATH" || which == "ORIG" || which == "ORIG_OR_PATH";
  return (query.empty() || query == "WQ" || query == "NQ") && known;
}

bool LogOperator::append_path(const LoggedRequest& request, std::string& line) const {
  std::optional<std::string_view> path;
  if (original_) path = policies::find_header(request.request->headers, "x-envoy-original-path");
  if (!path && current_) path = request.request->path;
  if (!path || path->empty()) return false;
  line += with_query_ ? *path : policies::bare_path(*path);
  return true;
}

/// "(NAME?OTHER):LENGTH", where all but a header's name may be absent.
bool LogOperator::read_arguments(std::string_view rest) {
  const bool header = kind_ == Kind::kReq || kind_ == Kind::kResp;
  const bool asks = header || kind_ == Kind::kQueryParameter;
  const bool may = asks || kind_ == Kind::kStartTime || kind_ == Kind::kEmitTime ||
                   kind_ == Kind::kPath || kind_ == Kind::kText;
  if (rest.starts_with('(') ? !may : asks) return false;
  if (rest.starts_with('(')) {
    const std::size_t close = rest.rfind(')');
    if (close == std::string_view::npos || close == 1) return false;
    const std::string_view argument = rest.substr(1, close - 1);
    const std::size_t mark = header ? argument.find('?') : std::string_view::npos;
    argument_ = header ? lower_case(argument.substr(0, mark)) : std::string(argument);
    if (mark != std::string_view::npos) other_ = lower_case(argument.substr(mark + 1));
    rest.remove_prefix(close + 1);
  }
  if (rest.empty()) return true;
  if (!rest.starts_with(':')) return false;
  const char* const last = rest.data() + rest.size();
  const auto [stop, failure] = std::from_chars(rest.data() + 1, last, most_);
  return failure == std::errc() && stop == last;
}

bool LogOperator::is_number() const {
  using enum Kind;
  return kind_ == kResponseCode || kind_ == kAttemptCount || kind_ == kBytesReceived ||
         kind_ == kBytesSent || kind_ == kDuration || kind_ == kRequestDuration ||
         kind_ == kResponseDuration || kind_ == kResponseTxDuration || kind_ == kPeerPort ||
         kind_ == kClientPort || kind_ == kLocalPort || kind_ == kUpstreamPort ||
         kind_ == kUpstreamLocalPort;
}

bool LogOperator::append(const LoggedRequest& request, std::string& line) const {
  const std::size_t start = line.size();
  if (!append_whole(request, line)) return false;
  if (most_ < line.size() - start) line.resize(start + most_);
  return true;
}

bool LogOperator::append_whole(const LoggedRequest& r, std::string& line) const {
  using enum Kind;
  switch (kind_) {
    case kReq:
      return !r.tcp && append_header(line, RequestHeaders{r.request->view()}, argument_, other_);
    case kResp:
      return append_header(
          line, [&](const std::string& name) { return policies::find_header(r.response, name); },
          argument_, other_);
    case kResponseCode:
      return append_number(line, r.status), true;
    case kResponseCodeDetails:
      return append_if(line, r.details);
    case kResponseFlags:
      return append_if(line, r.flags);
    case kProtocol:
      return !r.tcp && append_if(line, r.http2 ? "HTTP/2" : "HTTP/1.1");
    case kStartTime:
      return append_time(line, r.start_unix_ns, argument_), true;
    case kDuration:
      return append_ms(line, r.total);
    case kRequestDuration:
      return append_ms(line, r.request_received);
    case kResponseDuration:
      return append_ms(line, r.response_began);
    case kResponseTxDuration:
      return r.response_began >= Duration::zero() && append_ms(line, r.total - r.response_began);
    case kBytesReceived:
      return append_number(line, r.bytes_received), true;
    case kBytesSent:
      return append_number(line, r.bytes_sent), true;
    case kRouteName:
      return append_if(line, r.route);
    case kVirtualCluster:
      return append_if(line, r.virtual_cluster);
    case kUpstreamCluster:
      return append_if(line, r.cluster);
    case kFlagsLong:
      return append_long(line, r.flags), true;
    case kPath:
      return !r.tcp && append_path(r, line);
    case kQueryParameter:
      return !r.tcp && append_parameter(line, query_of(r.request->path), argument_);
    case kQuery:
      return !r.tcp && append_if(line, query_of(r.request->path));
    case kEmitTime:
      return append_time(line, r.start_unix_ns + r.total.count(), argument_), true;
    case kText:
      return append_if(line, argument_);
    case kAttemptCount:
      return append_number(line, r.attempts), true;
    case kStreamId:
      return append_if(line, r.stream_id);
    case kTransportFailure:
      return append_if(line, r.transport_failure);
    default:
      return append_address(r, line);
  }
}

/// Of either side's connection.
bool LogOperator::append_address(const LoggedRequest& r, std::string& line) const {
  using enum Kind;
  switch (kind_) {
    case kUpstreamHost:
      return append_if(line, r.upstream_host);
    case kUpstreamWithoutPort:
      return append_if(line, host_of(r.upstream_host));
    case kUpstreamPort:
      return append_if(line, port_of(r.upstream_host));
    case kUpstreamName:
      return append_if(line, r.upstream_name.empty() ? r.upstream_host : r.upstream_name);
    case kUpstreamNameWithoutPort:
      return append_if(line, r.upstream_name.empty() ? host_of(r.upstream_host) : r.upstream_name);
    case kUpstreamLocal:
      return append_if(line, r.upstream_local);
    case kUpstreamLocalWithoutPort:
      return append_if(line, host_of(r.upstream_local));
    case kUpstreamLocalPort:
      return append_if(line, port_of(r.upstream_local));
    case kUpstreamProtocol:
      return append_if(line, r.upstream_protocol);
    case kPeerAddress:
      return append_socket(line, r.ends->peer_address, r.ends->peer_port);
    case kPeerWithoutPort:
      return append_if(line, r.ends->peer_address);
    case kPeerPort:
      return append_number(line, r.ends->peer_port), true;
    case kClientAddress:
      return append_socket(line, client_of(r), client_port_of(r));
    case kClientWithoutPort:
      return append_if(line, client_of(r));
    case kClientPort:
      return append_number(line, client_port_of(r)), true;
    case kLocalAddress:
      return append_socket(line, r.ends->local_address, r.ends->local_port);
    case kLocalWithoutPort:
      return append_if(line, r.ends->local_address);
    case kLocalPort:
      return append_number(line, r.ends->local_port), true;
    default:
      return false;  // never there
  }
}

}  // namespace squall::proxy
