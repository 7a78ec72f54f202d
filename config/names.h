// Names of a mesh: hosts, the clusters and virtual hosts made from them, and what a port's name
// says.
//
// Pure functions on text. A host is lower case, maybe with a leading "*" as a wildcard.
// Source: istio/istio pkg/config/host/name.go, pkg/config/kube/conversion.go,
// pilot/pkg/networking/core/httproute.go. Cost: a few allocations each.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squall::config {

/// What a Service's port carries. kSniffed: found out connection by connection.
enum class Protocol : std::uint8_t {
  kSniffed,
  kHttp,
  kHttp2,
  kGrpc,
  kGrpcWeb,
  kHttps,
  kTls,
  kTcp,
  kMongo,
  kRedis,
  kMysql,
  kUdp,
};
constexpr bool is_http2(Protocol p) {
  return p == Protocol::kHttp2 || p == Protocol::kGrpc || p == Protocol::kGrpcWeb;
}
constexpr bool is_http(Protocol p) { return p == Protocol::kHttp || is_http2(p); }
constexpr bool is_tls(Protocol p) { return p == Protocol::kHttps || p == Protocol::kTls; }

/// kSniffed when the word is none of those known.
Protocol parse_protocol(std::string_view word);
/// Of a Service's port: appProtocol, else the prefix of the name, else the port's number.
Protocol protocol_of(std::string_view name, std::string_view app_protocol,
                     std::string_view transport, int port);

/// An IPv4 or IPv6 address.
bool is_address(const std::string& text);
inline bool is_wildcard(std::string_view host) { return host.starts_with('*'); }
/// A host without a dot means a Service in the namespace of the object that names it.
std::string resolve_host(std::string_view host, std::string_view ns, std::string_view domain);
/// Every name that `host` stands for, `of` stands for too.
bool is_subset(std::string_view host, std::string_view of);
/// Some name is in both.
bool overlap(std::string_view a, std::string_view b);

/// "outbound|8080|v1|api.shop.svc.cluster.local".
std::string outbound_cluster(int port, std::string_view subset, std::string_view host);
/// The other names by which a client in `ns` may call a Kubernetes Service's host.
std::vector<std::string> short_names(std::string_view host, std::string_view ns);
/// A host and the namespace that it is asked of: "shop/api" is {shop, api}; "." is `own`.
struct NamespacedName {
  std::string ns;
  std::string name;
};
NamespacedName split_namespaced(std::string_view text, std::string_view own);

}  // namespace squall::config
