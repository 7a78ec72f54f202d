// Limits of clients and their connections, on sockets.
#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/http2_peer.h"
#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

constexpr std::string_view kGet = "GET /direct HTTP/1.1\r\nHost: shop\r\n\r\n";

std::string manager(const std::string& fields) {
  std::string text;
  for (std::size_t from = 0; from < fields.size();) {
    const std::size_t end = std::min(fields.find('\n', from), fields.size());
    text += "                " + fields.substr(from, end - from) + "\n";
    from = end + 1;
  }
  return text;
}

TEST(Clients, AHeadThatDoesNotComeIsAnsweredInTime) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.manager = manager("request_headers_timeout: 0.05s")}));
  Peer client = proxy.client();
  client.send("GET / HTTP/1.1\r\nhost: x\r\n");
  const std::string_view answer = client.read_until("");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nrequest header timeout")) << answer;
  EXPECT_NE(proxy.admin("/stats").find("\nhttp.test.downstream_rq_header_timeout: 1\n"),
            std::string::npos);
}

TEST(Clients, ABodyThatDoesNotComeIsAnsweredInTime) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.manager = manager("request_timeout: 0.05s")}));
  Peer client = proxy.client();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n");
  const std::string_view answer = client.read_until("");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nrequest timeout")) << answer;
}

TEST(Clients, AnIdleConnectionIsClosed) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts, {.manager = manager("drain_timeout: 0.01s\ndelayed_close_timeout: 0s\n"
                                 "common_http_protocol_options: {idle_timeout: 0.05s}")}));
  Peer silent = proxy.client();
  Peer client = proxy.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_until("hello").ends_with("hello"));
  EXPECT_EQ(client.read_until(""), "");
  EXPECT_EQ(silent.read_until(""), "");
}

TEST(Clients, TheLastRequestOfAConnectionSaysSo) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts,
      {.manager = manager("common_http_protocol_options: {max_requests_per_connection: 2}")}));
  Peer client = proxy.client();
  client.send(kGet);
  EXPECT_EQ(client.read_until("hello").find("connection: close"), std::string_view::npos);
  client.send(kGet);
  EXPECT_NE(client.read_until("").find("connection: close\r\n"), std::string_view::npos);
}

TEST(Clients, OnHttp2TheLastRequestIsFollowedByGoAway) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts,
      {.manager = manager("drain_timeout: 0.01s\n"
                          "common_http_protocol_options: {max_requests_per_connection: 1}")}));
  Http2Peer client = Http2Peer::to(proxy.address());
  EXPECT_EQ(client.ended(client.request("GET", "/direct")).body, "hello");
  EXPECT_TRUE(client.until([&] { return client.closed(); }));
  EXPECT_TRUE(client.going_away());
}

TEST(Clients, HeadersMayBeSoManyAndSoLarge) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts, {.manager = manager("max_request_headers_kb: 1\n"
                                 "common_http_protocol_options: {max_headers_count: 3}")}));
  for (const std::string& headers :
       {std::string("a: 1\r\nb: 2\r\nc: 3\r\n"), "a: " + std::string(1100, 'x') + "\r\n"}) {
    Peer client = proxy.client();
    client.send("GET /direct HTTP/1.1\r\nHost: shop\r\n" + headers + "\r\n");
    EXPECT_TRUE(client.read_until("").starts_with("HTTP/1.1 431 ")) << client.text();
  }
  Http2Peer modern = Http2Peer::to(proxy.address());
  const std::int32_t id =
      modern.request("GET", "/direct", {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}});
  EXPECT_TRUE(modern.ended(id).closed);
  EXPECT_FALSE(modern.seen(id).head);
}

TEST(Clients, AHeadIsReadUpToTheListenersLimit) {
  const Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.manager = manager("max_request_headers_kb: 1024")}));
  Peer client = proxy.client();
  client.send("GET /direct HTTP/1.1\r\nHost: shop\r\nx: " + std::string(200 * 1024, 'x') +
              "\r\n\r\n");
  EXPECT_TRUE(client.read_until("hello").starts_with("HTTP/1.1 200 OK\r\n")) << client.text();
}

TEST(Clients, ASilentStreamEnds) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.manager = manager("stream_idle_timeout: 0.05s")}));
  Http2Peer client = Http2Peer::to(proxy.address());
  const std::int32_t id = client.request("POST", "/", {}, false);
  EXPECT_EQ(client.ended(id).status, 408);
  EXPECT_EQ(client.seen(id).body, "stream timeout");
}

}  // namespace
}  // namespace squall::proxy
