// Bootstrap: an Envoy static bootstrap as what the policies take (an Epoch) and what a proxy's
// shell needs.
//
// YAML or JSON by protobuf's rules: snake_case or camelCase, durations "0.25s", numbers also in
// quotes. A field that Envoy has and Squall does not honour is an error `PATH is not supported by
// squall`, so is one that does not exist; what decides nothing about requests is accepted. Not
// here: opening anything. Source: Envoy's API v3 as of 1.40; defaults are Envoy's. Cost: linear in
// the tree.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"
#include "policies/epoch.h"
#include "policies/filter/overload.h"
#include "policies/http2_keepalive.h"

namespace squall::config {

struct SocketAddress {
  std::string address;  // an IP address
  std::uint16_t port = 0;
};

/// One file access logger.
struct AccessLog {
  std::string path;         // "/dev/stdout", "/dev/stderr" for the stream loggers
  std::string text_format;  // with command operators; empty: Envoy's default line, or `json_format`
  std::optional<Node> text_at;  // where that is written
  std::optional<Node> json_format;
  bool omit_empty_values = false;
};

enum class ListenerCodec : std::uint8_t { kAuto, kHttp1, kHttp2 };

/// What a listener is to a shell; its policies are Epoch::listeners at the same index.
struct ListenerShell {
  std::string name;
  SocketAddress address;
  std::string stat_prefix;
  std::vector<AccessLog> access_logs;
  ListenerCodec codec = ListenerCodec::kAuto;   // kAuto: by what a client's first bytes are
  std::uint32_t max_concurrent_streams = 1024;  // HTTP/2
  std::uint32_t max_headers_count = 100;
  std::uint32_t max_request_headers_kb = 60;
  policies::Http2Keepalive keepalive;
};

/// Likewise of a cluster; Epoch::clusters.
struct ClusterShell {
  policies::Http2Keepalive keepalive;
};

struct Bootstrap {
  policies::Epoch epoch;  // not yet indexed
  std::vector<ListenerShell> listeners;
  std::vector<ClusterShell> clusters;
  std::optional<SocketAddress> admin;
  std::string node_id, node_cluster;
  policies::Locality node_locality;
  std::optional<policies::OverloadConfig> overload;
  std::string ejection_log;  // of outlier detection; empty: none
  Diagnostics warnings;
};

/// The tree need not come from a file: places of line 0 are left out of messages.
Result<Bootstrap> read_bootstrap(const Node& root);
/// A text of one document; `name` stands in messages.
Result<Bootstrap> parse_bootstrap(std::string_view text, const std::string& name);
/// Reads the file; "-" is standard input.
Result<Bootstrap> load_bootstrap(const std::string& path);

}  // namespace squall::config
