// Routes: a table of 100 routes as an ingress has it, and requests that each of them serves.
//
// One virtual host of 25 services. Each has a version for those who ask for it by a header, an
// exact path for POSTs, a health page, and the rest by prefix: routes that start alike, as an API's
// do.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "policies/head.h"
#include "policies/route_config.h"

namespace squall::bench {

constexpr std::uint32_t kServices = 25, kRoutes = 100;

inline policies::HeaderMatch exact_header(std::string name, std::string value) {
  policies::HeaderMatch match;
  match.name = std::move(name);
  match.kind = policies::HeaderMatch::Kind::kString;
  match.text.value = std::move(value);
  return match;
}

/// Each is an answer of the proxy's own.
inline policies::RouteTable table_of_routes() {
  using policies::PathMatch;
  policies::RouteTable table;
  policies::VirtualHost& host = table.hosts.emplace_back();
  host.name = host.domains.emplace_back("shop.example");
  const auto add = [&](PathMatch::Kind kind, std::string path) -> policies::RouteMatch& {
    policies::Route& route = host.routes.emplace_back();
    route.match.path.kind = kind;
    route.match.path.value = std::move(path);
    route.action = policies::DirectResponse{};
    return route.match;
  };
  for (std::uint32_t i = 0; i < kServices; ++i) {
    const std::string prefix = fmt::format("/api/v1/service{}", i);
    add(PathMatch::Kind::kPrefix, prefix + "/").headers = {exact_header("x-version", "canary")};
    add(PathMatch::Kind::kExact, prefix + "/orders").headers = {exact_header(":method", "POST")};
    add(PathMatch::Kind::kExact, prefix + "/healthz");
    add(PathMatch::Kind::kSeparatedPrefix, prefix);
  }
  return table;
}

/// One for each route, with the headers of a program that calls another.
class Requests {
 public:
  Requests() {
    for (std::uint32_t i = 0; i < kRoutes; ++i) {
      const std::uint32_t kind = i % 4;
      paths_[i] = fmt::format("/api/v1/service{}/{}", i / 4,
                              kind == 1   ? "orders"
                              : kind == 2 ? "healthz"
                                          : "items/4711?page=2");
      headers_[i] = {{"user-agent", "Go-http-client/1.1"},
                     {"accept", "application/json"},
                     {"accept-encoding", "gzip"},
                     {"x-request-id", "7ad3f3f2-6a4e-9c55-9d0a-0f1f1a1c2b3d"},
                     {"x-forwarded-for", "10.1.2.3"},
                     {"x-forwarded-proto", "http"},
                     {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
      if (kind == 0) headers_[i].push_back({"x-version", "canary"});
      heads_[i] = {.method = kind == 1 ? "POST" : "GET",
                   .authority = "shop.example",
                   .path = paths_[i],
                   .headers = headers_[i]};
      known_[i] = heads_[i];
      known_[i].known_as = i + 1;
    }
  }
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  /// Route `number` of the table serves it, counted round and round.
  const policies::RequestHead& of(std::uint64_t number) const { return heads_[number % kRoutes]; }
  const policies::RequestHead& known(std::uint64_t number) const {
    return known_[number % kRoutes];
  }

 private:
  std::array<std::string, kRoutes> paths_;
  std::array<std::vector<policies::HeaderField>, kRoutes> headers_;
  std::array<policies::RequestHead, kRoutes> heads_, known_;
};

}  // namespace squall::bench
