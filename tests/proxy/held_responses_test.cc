// Responses that a fault lets out piece by piece, through a running proxy.
#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/http2_peer.h"
#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

/// A proxy that lets `kbps` KiB of a response's body out a second.
BootstrapText slowing(const std::string& kbps, const std::string& cluster = "") {
  return {.cluster = cluster,
          .filter =
              "                  - {name: fault, typed_config: {\"@type\": "
              "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault, "
              "response_rate_limit: {fixed_limit: {limit_kbps: " +
              kbps + "}, percentage: {numerator: 100}}}}\n"};
}

/// Four pieces, of which the last comes after the host has been done with.
TEST(HeldResponses, ABodyComesWholeHoweverSlowly) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, slowing("10")));
  Peer client = proxy.client();
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string body = std::string(2000, 'x') + "end";
  hosts.serve("HTTP/1.1 200 OK\r\nContent-Length: 2003\r\n\r\n" + body);
  EXPECT_TRUE(client.read_until("end").ends_with(body));
  client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n");  // the connection is as good as before
  hosts.serve("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_until("\r\n0\r\n\r\n").contains("\r\n3\r\nabc\r\n"));
  EXPECT_TRUE(proxy.admin("/stats").contains("http.test.fault.response_rl_injected: 2\n"));
}

TEST(HeldResponses, AResponseThatIsCutEndsAtOnce) {
  Hosts hosts(1);
  BootstrapText text = slowing("1");
  text.manager = "                delayed_close_timeout: 0s\n";
  const Running proxy(bootstrap_of(hosts, text));
  Peer client = proxy.client();
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  hosts.serve("HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + std::string(8000, 'x'));
  ::shutdown(hosts.last().fd(), SHUT_RDWR);
  EXPECT_LT(client.read_until("").size(), 4000U);
}

TEST(HeldResponses, TrailersComeBehindTheBody) {
  Http2Host host;
  std::string text = bootstrap_of(
      Hosts(1), slowing("10",
                        "      typed_extension_protocol_options: "
                        "{envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {\"@type\": "
                        "type.googleapis.com/envoy.extensions.upstreams.http.v3."
                        "HttpProtocolOptions, explicit_http_config: {http2_protocol_options: "
                        "{}}}}\n"));
  const std::size_t at = text.rfind("port_value: ") + std::string("port_value: ").size();
  text.replace(at, text.find('}', at) - at, std::to_string(host.name().port()));
  const Running proxy(text);
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("GET", "/a", {});
  Http2Peer up = host.accept();
  const std::int32_t got = up.next_request();
  up.answer(got, 200, {}, std::string(1500, 'x'), false);
  up.http2().send_trailers(*up.seen(got).stream, {{"grpc-status", "5"}});
  up.send();
  const SeenStream& answer = client.ended(id);
  EXPECT_EQ(answer.body.size(), 1500U);
  ASSERT_EQ(answer.trailers.size(), 1U);
  EXPECT_EQ(answer.trailers[0].second, "5");
}

}  // namespace
}  // namespace squall::proxy
