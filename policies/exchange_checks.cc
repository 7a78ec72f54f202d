// The requests that ask hosts for their health.
#include "policies/exchange.h"
#include "policies/grpc.h"
#include "policies/grpc_check.h"
#include "policies/text_in.h"

namespace squall::policies {
namespace {

void add_changes(const HeaderMutations& changes, bool http2, HeaderEdits& edits, KeptRequest& out) {
  const StreamFacts stream{.protocol = protocol_of(http2), .peer = "127.0.0.1"};
  edit_request(changes, out.view(), stream, edits);
  apply_edits(edits.list, out.authority, out.path, out.headers);
}

}  // namespace

std::string health_check_request(const Epoch& epoch, std::uint32_t check, HeaderEdits& edits,
                                 KeptRequest& out) {
  out.clear();
  edits.clear();
  const HostCheck at = epoch.check_at(check);
  const HealthCheck& config = epoch.check(check);
  const auto* http = std::get_if<HttpCheck>(&config.kind);
  const auto* grpc = std::get_if<GrpcCheck>(&config.kind);
  const std::string& host = epoch.host(at.host).check_hostname;
  const std::string& named = http != nullptr ? http->host : grpc->authority;
  out.authority = !host.empty() ? host : !named.empty() ? named : epoch.clusters[at.cluster].name;
  if (http != nullptr) {
    out.method = http->method;
    out.path = http->path;
    out.headers.push_back({"user-agent", "Envoy/HC"});
    add_changes(http->headers, http->http2, edits, out);
    if (!http->send.empty())
      set_field(out.headers, "content-length", text_in(out.text, "{}", http->send.size()));
    return http->send;
  }
  out.method = "POST";
  out.path = kGrpcCheckPath;
  out.headers = {
      {"te", "trailers"}, {"content-type", "application/grpc"}, {"user-agent", "Envoy/HC"}};
  add_changes(grpc->metadata, true, edits, out);
  set_field(out.headers, "grpc-timeout", out.text.store(format_grpc_timeout(config.timeout)));
  return grpc_check_body(*grpc);
}

}  // namespace squall::policies
