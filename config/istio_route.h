// VirtualService: what this program reads of it.
//
// As written: hosts are not yet resolved, defaults not filled in (that is the compiler's part);
// places are kept for messages and for reports that say which rule decided. Source: istio/api
// networking/v1alpha3/virtual_service.proto.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/istio_match.h"
#include "policies/base/time.h"

namespace squall::config {

struct Destination {
  std::string host;
  std::string subset;
  int port = 0;  // 0: not written
  Place host_place, subset_place, port_place;
};

/// Texts to set (over what is there), to add, and names to remove; by name.
struct HeaderOperations {
  Labels set;
  Labels add;
  std::vector<std::string> remove;
};
struct HeaderChange {
  HeaderOperations request;
  HeaderOperations response;
};

struct WeightedDestination {
  Destination to;
  int weight = 0;
  HeaderChange headers;
  Place place;
};

struct Redirect {
  std::string uri;
  std::string prefix_rewrite;
  std::string authority;
  std::string scheme;
  int port = 0;
  std::string derive_port;  // FROM_PROTOCOL_DEFAULT, FROM_REQUEST_PORT
  int code = 0;             // 0: 301
};

struct DirectResponse {
  int status = 0;
  std::optional<std::string> text;   // body.string
  std::optional<std::string> bytes;  // body.bytes, base64 as written
};

struct Rewrite {
  std::string uri;
  std::string authority;
  std::string regex;         // uriRegexRewrite.match
  std::string substitution;  // uriRegexRewrite.rewrite
};

struct Retries {
  int attempts = 0;
  std::optional<Duration> per_try_timeout;
  std::string retry_on;
  std::optional<bool> remote_localities;
  std::optional<bool> ignore_previous_hosts;
  std::optional<Duration> backoff;
};

struct Fault {
  std::optional<Duration> delay;
  std::optional<double> delay_percentage;  // absent: none of the requests
  std::optional<int> abort_status;
  std::string abort_grpc;  // the name of a gRPC status; empty: by HTTP status
  std::optional<double> abort_percentage;
  bool aborts() const { return abort_status.has_value() || !abort_grpc.empty(); }
};

struct Mirror {
  Destination to;
  std::optional<double> percentage;  // absent: all
  bool fraction = false;             // the percentage was written as a fractional one
};

struct Cors {
  std::vector<StringMatch> origins;
  std::vector<std::string> methods;
  std::vector<std::string> headers;
  std::vector<std::string> expose;
  std::optional<Duration> max_age;
  std::optional<bool> credentials;
  std::string unmatched_preflights;
};

struct HttpRule {
  std::string name;
  Place place;
  std::vector<HttpMatch> matches;
  std::vector<WeightedDestination> route;
  std::optional<Redirect> redirect;
  std::optional<DirectResponse> direct;
  std::optional<std::pair<std::string, std::string>> delegate;  // name, namespace
  std::optional<Rewrite> rewrite;
  std::optional<Duration> timeout;
  std::optional<Retries> retries;
  std::optional<Fault> fault;
  std::vector<Mirror> mirrors;
  std::optional<Cors> cors;
  HeaderChange headers;
};

/// A rule of `tcp` or, with server names, of `tls`.
struct StreamRule {
  struct Match {
    std::vector<std::string> sni_hosts;
    std::vector<std::string> subnets;
    int port = 0;
    Labels source_labels;
    std::string source_namespace;
    std::vector<std::string> gateways;
  };
  Place place;
  std::vector<Match> matches;
  std::vector<WeightedDestination> route;
};

struct VirtualService {
  Meta meta;
  std::vector<std::string> hosts;
  std::vector<std::string> gateways;  // empty: the mesh
  Place hosts_place, gateways_place;
  std::vector<std::string> export_to;
  std::vector<HttpRule> http;
  std::vector<StreamRule> tls;
  std::vector<StreamRule> tcp;
};

void read(Fields& object, VirtualService& out);

}  // namespace squall::config
