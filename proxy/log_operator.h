// LogOperator: one command operator of an access log's template, such as %REQ(X-ID?:PATH):10%.
//
// Reads it, and says what it is in a request. Source: Envoy's access log formatters.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/logged_request.h"

namespace squall::proxy {

class LogOperator {
 public:
  /// Reads what stands between the percent signs; false: it is none that is honoured.
  bool read(std::string_view body);
  /// Appends its value, cut to its length; false: there is none.
  bool append(const LoggedRequest& request, std::string& line) const;
  /// Its value is a number.
  bool is_number() const;

 private:
  enum class Kind : std::uint8_t {
    kReq,
    kResp,
    kResponseCode,
    kResponseCodeDetails,
    kResponseFlags,
    kProtocol,
    kStartTime,
    kDuration,
    kRequestDuration,
    kResponseDuration,
    kResponseTxDuration,
    kBytesReceived,
    kBytesSent,
    kRouteName,
    kVirtualCluster,
    kUpstreamCluster,
    kUpstreamHost,
    kUpstreamWithoutPort,
    kUpstreamPort,
    kUpstreamName,
    kUpstreamNameWithoutPort,
    kUpstreamLocal,
    kUpstreamLocalWithoutPort,
    kUpstreamLocalPort,
    kUpstreamProtocol,
    kFlagsLong,
    kPath,
    kQueryParameter,
    kQuery,
    kEmitTime,
    kText,
    kAttemptCount,
    kTransportFailure,
    kPeerAddress,  // who connected
    kPeerWithoutPort,
    kPeerPort,
    kClientAddress,  // whom a trusted proxy tells of, else likewise
    kClientWithoutPort,
    kClientPort,
    kLocalAddress,
    kLocalWithoutPort,
    kLocalPort,
    kStreamId,
    kNothing,
  };

  struct Name;
  static const Name* find(std::string_view name);
  bool read_arguments(std::string_view rest);
  bool read_path(std::string_view argument);
  bool append_path(const LoggedRequest& request, std::string& line) const;
  bool append_whole(const LoggedRequest& request, std::string& line) const;
  bool append_address(const LoggedRequest& request, std::string& line) const;

  Kind kind_ = Kind::kNothing;
  std::string argument_, other_;  // header names in lower case; a time's format; a text
  bool with_query_ = true, original_ = true, current_ = true;  // of a path
  std::size_t most_ = std::string::npos;                       // bytes
};

}  // namespace squall::proxy
