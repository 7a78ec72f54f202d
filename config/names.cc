#include "config/names.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "policies/base/ascii.h"

namespace squall::config {
namespace {

constexpr std::array<std::pair<std::string_view, Protocol>, 11> kProtocols = {{
    {"http", Protocol::kHttp},
    {"http2", Protocol::kHttp2},
    {"grpc", Protocol::kGrpc},
    {"grpc-web", Protocol::kGrpcWeb},
    {"https", Protocol::kHttps},
    {"tls", Protocol::kTls},
    {"tcp", Protocol::kTcp},
    {"mongo", Protocol::kMongo},
    {"redis", Protocol::kRedis},
    {"mysql", Protocol::kMysql},
    {"udp", Protocol::kUdp},
}};

}  // namespace

Protocol parse_protocol(std::string_view word) {
  const std::string plain = lower_case(word);
  for (const auto& [name, protocol] : kProtocols) {
    if (plain == name) return protocol;
  }
  return Protocol::kSniffed;
}

Protocol protocol_of(std::string_view name, std::string_view app_protocol,
                     std::string_view transport, int port) {
  if (transport == "UDP") return Protocol::kUdp;
  if (app_protocol == "kubernetes.io/h2c") return Protocol::kHttp2;
  if (app_protocol == "kubernetes.io/ws") return Protocol::kHttp;
  if (app_protocol == "kubernetes.io/wss") return Protocol::kHttps;
  if (!app_protocol.empty()) return parse_protocol(app_protocol);
  const std::string plain = lower_case(name);
  if (plain.starts_with("grpc-web")) return Protocol::kGrpcWeb;
  const Protocol by_name = parse_protocol(plain.substr(0, plain.find('-')));
  if (by_name != Protocol::kSniffed) return by_name;
  // Protocols whose server speaks first would wait for ever to be sniffed.
  const bool server_first = port == 25 || port == 53 || port == 3306 || port == 27017;
  return server_first ? Protocol::kTcp : Protocol::kSniffed;
}

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> parsed{};
  return inet_pton(AF_INET, text.c_str(), parsed.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), parsed.data()) == 1;
}

std::string resolve_host(std::string_view host, std::string_view ns, std::string_view domain) {
  if (host.empty() || is_wildcard(host) || host.find('.') != std::string_view::npos ||
      host.find(':') != std::string_view::npos) {
    return lower_case(host);
  }
  return lower_case(fmt::format("{}.{}.svc.{}", host, ns, domain));
}

bool is_subset(std::string_view host, std::string_view of) {
  if (!is_wildcard(of)) return host == of;
  of.remove_prefix(1);
  if (is_wildcard(host)) host.remove_prefix(1);
  return host.size() >= of.size() && host.ends_with(of);
}

bool overlap(std::string_view a, std::string_view b) { return is_subset(a, b) || is_subset(b, a); }

std::string outbound_cluster(int port, std::string_view subset, std::string_view host) {
  return fmt::format("outbound|{}|{}|{}", port, subset, host);
}

std::vector<std::string> short_names(std::string_view host, std::string_view ns) {
  const std::size_t svc = host.find(".svc.");
  const std::size_t dot = host.find('.');
  if (svc == std::string_view::npos || svc == 0 || dot >= svc) return {};
  const std::string_view with_ns = host.substr(0, svc);
  const std::string_view with_svc = host.substr(0, svc + 4);
  if (host.substr(dot + 1, svc - dot - 1) != ns) {
    return {std::string(with_ns), std::string(with_svc)};
  }
  return {std::string(host.substr(0, dot)), std::string(with_svc), std::string(with_ns)};
}

NamespacedName split_namespaced(std::string_view text, std::string_view own) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {std::string(own), std::string(text)};
  const std::string_view ns = text.substr(0, slash);
  return {std::string(ns == "." ? own : ns), std::string(text.substr(slash + 1))};
}

}  // namespace squall::config
