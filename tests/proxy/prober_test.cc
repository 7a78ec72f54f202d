#include "proxy/prober.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

constexpr std::string_view kWell = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
constexpr std::string_view kIll = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";

std::string checks(const std::string& kind, const std::string& more = "") {
  return "      health_checks: [{timeout: 5s, interval: 0.01s, no_traffic_interval: 0.01s, "
         "healthy_threshold: 1, unhealthy_threshold: 1, " +
         more + kind + "}]\n";
}
const std::string kHttp =
    "http_health_check: {path: /ok, host: shop, request_headers_to_add: "
    "[{header: {key: X-Why, value: check}}]}";

/// Whether the page comes to say so, by what the proxy goes through meanwhile.
bool comes_to_say(const Running& proxy, Hosts& hosts, std::string_view answer,
                  std::string_view what) {
  for (int i = 0; i < 200; ++i) {
    if (proxy.admin("/clusters").contains(what)) return true;
    hosts.serve(answer);
  }
  return false;
}

TEST(Prober, AsksAsConfiguredAndKeepsTheConnection) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.cluster = checks(kHttp)}));
  for (int i = 0; i < 3; ++i) {
    const std::string_view request = hosts.serve(kWell);
    EXPECT_TRUE(request.starts_with(
        "GET /ok HTTP/1.1\r\nhost: shop\r\nuser-agent: Envoy/HC\r\nx-why: check\r\n"))
        << request;
  }
  EXPECT_EQ(hosts.connections(), 1U);
}

TEST(Prober, SendsABodyAndLooksForOneInTheAnswer) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts, {.cluster = checks("http_health_check: {path: /ok, method: POST, send: {text: "
                                "\"6869\"}, receive: [{text: \"6f\"}, {text: \"6b\"}], "
                                "response_buffer_size: 2}")}));
  const std::string_view request = hosts.serve(kWell, "hi");
  EXPECT_TRUE(request.starts_with("POST /ok HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(request.contains("content-length: 2\r\n")) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\nhi")) << request;
  EXPECT_TRUE(comes_to_say(proxy, hosts, kWell, "health_flags::healthy"));
  EXPECT_TRUE(comes_to_say(proxy, hosts, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\no k",
                           "health_flags::/failed_active_hc"));  // beyond what is looked at
}

TEST(Prober, SeveralChecksHaveConnectionsAndAnswersOfTheirOwn) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts, {.cluster = "      health_checks: [{name: a, timeout: 5s, interval: 60s, "
                         "healthy_threshold: 1, unhealthy_threshold: 1, " +
                         kHttp +
                         "}, {name: b, timeout: 5s, interval: 60s, healthy_threshold: 1, "
                         "unhealthy_threshold: 1, " +
                         kHttp + "}]\n"}));
  hosts.serve(kWell);
  hosts.serve(kIll);
  EXPECT_EQ(hosts.connections(), 2U);
  for (int i = 0; i < 200 && !proxy.admin("/stats").contains("name.b.failure: 1\n"); ++i) {
  }
  const std::string stats = proxy.admin("/stats");
  EXPECT_TRUE(stats.contains("health_check.name.a.success: 1\n"));
  EXPECT_TRUE(stats.contains("health_check.name.b.failure: 1\n"));
  EXPECT_TRUE(stats.contains("health_check.healthy: 0\n"));
  EXPECT_TRUE(proxy.admin("/clusters").contains("health_flags::/failed_active_hc"));
}

TEST(Prober, WithoutReuseEachCheckHasItsConnection) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.cluster = checks(kHttp, "reuse_connection: false, ")}));
  for (int i = 0; i < 3; ++i) hosts.serve(kWell);
  EXPECT_EQ(hosts.connections(), 3U);
}

TEST(Prober, TheAnswerDecidesTheHostsHealth) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.cluster = checks(kHttp)}));
  EXPECT_TRUE(comes_to_say(proxy, hosts, kWell, "health_flags::healthy"));
  EXPECT_TRUE(comes_to_say(proxy, hosts, kIll, "health_flags::/failed_active_hc"));
  EXPECT_TRUE(comes_to_say(proxy, hosts, kWell, "health_flags::healthy"));
}

TEST(Prober, AConnectionThatBreaksInsideTheAnswerIsAFailure) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.cluster = checks(kHttp)}));
  hosts.serve("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  hosts.last().reset();
  EXPECT_TRUE(hosts.serve("").starts_with("GET /ok"));  // a connection of its own
  EXPECT_TRUE(proxy.admin("/clusters").contains("health_flags::/failed_active_hc"));
}

TEST(Prober, SendsAndExpectsBytes) {
  Hosts hosts(1);
  const std::string tcp =
      "tcp_health_check: {send: {text: \"50494e47\"}, receive: [{text: \"504f\"}, {text: "
      "\"4e47\"}]}";
  const Running proxy(bootstrap_of(hosts, {.cluster = checks(tcp)}));
  EXPECT_EQ(hosts.serve("PONG", "PING"), "PING");
  EXPECT_EQ(hosts.serve("PONG", "PING"), "PING");
  EXPECT_EQ(hosts.connections(), 1U);
  EXPECT_TRUE(proxy.admin("/clusters").contains("health_flags::healthy"));
}

TEST(Prober, ClientsAreServedWhenEachHostHasHadAResult) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.cluster = checks(kHttp)}));
  const Fd early(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_NE(::connect(early.get(), proxy.address().get(), proxy.address().size), 0);
  EXPECT_TRUE(comes_to_say(proxy, hosts, kWell, "health_flags::healthy"));
  Peer client = proxy.client();
  client.send("GET /direct HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(client.read_until("hello").contains("200 OK"));
}

/// Its check ends long before its timeout, and the page is answered meanwhile.
TEST(Prober, AHostThatSaysTooMuchFailsAndHoldsNobodyUp) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts, {.cluster = checks("tcp_health_check: {send: {text: \"47450d0a0d0a\"}, receive: "
                                "[{text: \"6f6b\"}]}")}));
  hosts.serve(std::string(std::size_t{2} << 20, 'x'));
  EXPECT_TRUE(proxy.admin("/clusters").contains("health_flags::/failed_active_hc"));
  for (int i = 0; i < 200 && !proxy.admin("/stats").contains("health_check.network_failure: 1\n");
       ++i) {
  }
  EXPECT_TRUE(proxy.admin("/stats").contains("health_check.network_failure: 1\n"));
}

}  // namespace
}  // namespace squall::proxy
