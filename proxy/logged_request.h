// What an access log can say of a request: views that are valid while it is logged.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "policies/base/time.h"
#include "policies/exchange.h"
#include "policies/response_flags.h"
#include "proxy/socket.h"

namespace squall::proxy {

struct LoggedRequest {
  const policies::KeptRequest* request = nullptr;   // as its route left it; never null
  std::span<const policies::HeaderField> response;  // as sent
  std::uint16_t status = 0;                         // 0: nothing was sent
  bool http2 = false;
  bool tcp = false;                       // a connection without requests: no protocol, no headers
  std::string_view flags = "-", details;  // details: empty: none
  std::uint32_t attempts = 0;
  std::string_view route, cluster, upstream_host, upstream_name;  // empty: none
  std::string_view virtual_cluster;                               // likewise
  std::string_view upstream_local, upstream_protocol;             // of its latest stream
  std::string_view transport_failure;                             // empty: none
  std::string_view stream_id;
  const Ends* ends = nullptr;                        // of the client's connection; never null
  std::uint64_t bytes_received = 0, bytes_sent = 0;  // of bodies
  std::int64_t start_unix_ns = 0;
  // Since the start; negative: it did not come to that. An answer of our own never began.
  Duration total{}, request_received{-1}, response_began{-1};
};

}  // namespace squall::proxy
