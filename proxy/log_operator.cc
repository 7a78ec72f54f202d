#include "proxy/log_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>
#include <optional>
#include <utility>

namespace squall::proxy {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

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

void append_time(std::string& line, std::int64_t unix_ns, const std::string& format) {
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[128];
  if (!format.empty()) {
    line.append(text, std::strftime(text, sizeof text, format.c_str(), &parts));
    return;
  }
  line.append(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
  fmt::format_to(std::back_inserter(line), ".{:03}Z", unix_ns / 1'000'000 % 1000);
}

bool append_address(std::string& line, std::string_view address, std::uint16_t port) {
  if (address.empty()) return false;
  const bool v6 = address.find(':') != std::string_view::npos;
  if (v6) line += '[';
  line += address;
  line += v6 ? "]:" : ":";
  append_number(line, port);
  return true;
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

bool LogOperator::read(std::string_view body) {
  using enum Kind;
  static constexpr std::pair<std::string_view, Kind> kNames[] = {
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
      {"UPSTREAM_CLUSTER", kUpstreamCluster},
      {"UPSTREAM_HOST", kUpstreamHost},
      {"UPSTREAM_REMOTE_ADDRESS", kUpstreamHost},
      {"UPSTREAM_REQUEST_ATTEMPT_COUNT", kAttemptCount},
      {"UPSTREAM_TRANSPORT_FAILURE_REASON", kTransportFailure},
      {"DOWNSTREAM_DIRECT_REMOTE_ADDRESS", kPeerAddress},
      {"DOWNSTREAM_REMOTE_ADDRESS", kPeerAddress},
      {"DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", kPeerWithoutPort},
      {"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", kPeerWithoutPort},
      {"DOWNSTREAM_DIRECT_REMOTE_PORT", kPeerPort},
      {"DOWNSTREAM_REMOTE_PORT", kPeerPort},
      {"DOWNSTREAM_LOCAL_ADDRESS", kLocalAddress},
      {"DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", kLocalWithoutPort},
      {"DOWNSTREAM_LOCAL_PORT", kLocalPort},
      {"STREAM_ID", kStreamId},
      {"REQUESTED_SERVER_NAME", kNothing},
      {"CONNECTION_TERMINATION_DETAILS", kNothing},
  };
  const std::size_t end = std::min(body.find_first_of("(:"), body.size());
  const auto* const at =
      std::ranges::find(kNames, body.substr(0, end), &std::pair<std::string_view, Kind>::first);
  if (at == std::end(kNames)) return false;
  kind_ = at->second;
  return read_arguments(body.substr(end));
}

/// "(NAME?OTHER):LENGTH", where all but a header's name may be absent.
bool LogOperator::read_arguments(std::string_view rest) {
  const bool header = kind_ == Kind::kReq || kind_ == Kind::kResp;
  if (header != rest.starts_with('(') && kind_ != Kind::kStartTime) return false;
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
         kind_ == kLocalPort;
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
    case kUpstreamCluster:
      return append_if(line, r.cluster);
    case kUpstreamHost:
      return append_if(line, r.upstream_host);
    case kAttemptCount:
      return append_number(line, r.attempts), true;
    case kPeerAddress:
      return append_address(line, r.peer_address, r.peer_port);
    case kPeerWithoutPort:
      return append_if(line, r.peer_address);
    case kPeerPort:
      return append_number(line, r.peer_port), true;
    case kLocalAddress:
      return append_address(line, r.local_address, r.local_port);
    case kLocalWithoutPort:
      return append_if(line, r.local_address);
    case kLocalPort:
      return append_number(line, r.local_port), true;
    case kStreamId:
      return append_if(line, r.stream_id);
    case kTransportFailure:
      return append_if(line, r.transport_failure);
    case kNothing:
      break;
  }
  return false;
}

}  // namespace squall::proxy
