// TCP connections through the proxy, on sockets.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "tests/proxy/loopback.h"
#include "tests/support/allocations.h"

namespace squall::proxy {
namespace {

/// One listener that passes on to one cluster of these hosts.
std::string tcp_bootstrap(const Hosts& hosts, const std::string& proxy = "",
                          const std::string& cluster = "", const std::string& listener = "") {
  return "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}\n"
         "static_resources:\n"
         "  listeners:\n"
         "    - name: main\n" +
         listener +
         "      address: {socket_address: {address: 127.0.0.1, port_value: 0}}\n"
         "      filter_chains:\n"
         "        - filters:\n"
         "            - name: tcp\n"
         "              typed_config:\n"
         "                \"@type\": type.googleapis.com/"
         "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy\n"
         "                stat_prefix: test\n"
         "                cluster: main\n" +
         proxy +
         "  clusters:\n"
         "    - name: main\n" +
         cluster +
         "      load_assignment:\n"
         "        cluster_name: main\n"
         "        endpoints:\n"
         "          - lb_endpoints:\n" +
         hosts.endpoints();
}

bool counts(const Running& proxy, const std::string& name, int value) {
  const std::string line = "\n" + name + ": " + std::to_string(value) + "\n";
  return proxy.admin("/stats").find(line) != std::string::npos;
}

TEST(TcpSessions, BytesPassBothWaysAndHalvesEnd) {
  Hosts hosts(1);
  const Running proxy(tcp_bootstrap(hosts));
  Peer client = proxy.client();
  client.send("hello");
  EXPECT_EQ(hosts.serve("world", "hello"), "hello");
  EXPECT_EQ(client.read_until("world"), "world");
  ::shutdown(client.fd(), SHUT_WR);
  EXPECT_EQ(hosts.last().read_until(""), "");  // its half has ended
  hosts.last().send("more");
  ::shutdown(hosts.last().fd(), SHUT_WR);
  EXPECT_EQ(client.read_until(""), "more");
  EXPECT_TRUE(counts(proxy, "tcp.test.downstream_cx_total", 1));
  EXPECT_TRUE(counts(proxy, "tcp.test.downstream_cx_rx_bytes_total", 5));
  EXPECT_TRUE(counts(proxy, "tcp.test.downstream_cx_tx_bytes_total", 9));
  EXPECT_TRUE(counts(proxy, "cluster.main.upstream_cx_active", 0));
}

TEST(TcpSessions, MoreThanBuffersHoldArrivesWhole) {
  Hosts hosts(1);
  const Running proxy(tcp_bootstrap(hosts, "", "      per_connection_buffer_limit_bytes: 32768\n",
                                    "      per_connection_buffer_limit_bytes: 32768\n"));
  Peer client = proxy.client();
  client.send("x");
  EXPECT_EQ(hosts.serve("", "x"), "x");
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  const std::string piece(std::size_t{1} << 16, 'z');
  for (const bool up : {true, false}) {
    Peer& from = up ? client : hosts.last();
    Peer& to = up ? hosts.last() : client;
    std::thread sender([&] {
      for (std::size_t sent = 0; sent < kBytes; sent += piece.size()) from.send(piece);
    });
    std::size_t got = 0;
    while (got < kBytes) got += to.read_some(kBytes - got);
    sender.join();
    EXPECT_EQ(got, kBytes);
  }
  EXPECT_TRUE(counts(proxy, "tcp.test.downstream_cx_rx_bytes_total", (16 << 20) + 1));
}

TEST(TcpSessions, AHostGetsAllOfAClientThatHasLeft) {
  Hosts hosts(1);
  const Running proxy(
      tcp_bootstrap(hosts, "", "      per_connection_buffer_limit_bytes: 67108864\n"));
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  {
    Peer client = proxy.client();
    client.send("x");
    EXPECT_EQ(hosts.serve("", "x"), "x");
    ::shutdown(hosts.last().fd(), SHUT_WR);
    EXPECT_EQ(client.read_until(""), "");
    const std::string piece(std::size_t{1} << 20, 'z');
    for (std::size_t sent = 0; sent < kBytes; sent += piece.size()) client.send(piece);
  }
  while (!counts(proxy, "tcp.test.upstream_flush_total", 1)) continue;  // it is logged by now
  EXPECT_TRUE(counts(proxy, "tcp.test.upstream_flush_active", 1));
  std::size_t got = 0;
  std::string piece(std::size_t{1} << 16, 'z');
  for (ssize_t count = 1; count > 0; got += static_cast<std::size_t>(count))
    count = std::max<ssize_t>(0, ::recv(hosts.last().fd(), piece.data(), piece.size(), 0));
  EXPECT_EQ(got, kBytes);
  EXPECT_TRUE(counts(proxy, "cluster.main.upstream_cx_active", 0));
  EXPECT_TRUE(counts(proxy, "tcp.test.upstream_flush_active", 0));
}

TEST(TcpSessions, ARefusedConnectionClosesTheClientAndIsLogged) {
  const std::string path = ::testing::TempDir() + "tcp_sessions_refused.log";
  std::remove(path.c_str());
  std::string bootstrap;
  {
    const Hosts hosts(1);  // gone before anybody connects
    bootstrap = tcp_bootstrap(
        hosts,
        "                access_log:\n"
        "                  - name: file\n"
        "                    typed_config:\n"
        "                      \"@type\": type.googleapis.com/"
        "envoy.extensions.access_loggers.file.v3.FileAccessLog\n"
        "                      path: " +
            path +
            "\n"
            "                      log_format: {text_format_source: {inline_string: "
            "\"%RESPONSE_FLAGS% "
            "%UPSTREAM_CLUSTER% %PROTOCOL% %REQ(A)% %UPSTREAM_TRANSPORT_FAILURE_REASON%\\n\"}}\n");
  }
  {
    const Running proxy(bootstrap);
    Peer client = proxy.client();
    EXPECT_EQ(client.read_until(""), "");
    EXPECT_TRUE(counts(proxy, "cluster.main.upstream_cx_connect_attempts_exceeded", 1));
  }
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "UF,URX main - - delayed_connect_error:_Connection_refused");
  std::remove(path.c_str());
}

TEST(TcpSessions, AnIdleConnectionIsClosed) {
  Hosts hosts(1);
  const Running proxy(tcp_bootstrap(hosts, "                idle_timeout: 0.1s\n"));
  Peer client = proxy.client();
  client.send("x");
  EXPECT_EQ(hosts.serve("", "x"), "x");
  EXPECT_EQ(client.read_until(""), "");
  EXPECT_EQ(hosts.last().read_until(""), "");
  EXPECT_TRUE(counts(proxy, "tcp.test.idle_timeout", 1));
}

TEST(TcpSessions, AResetIsPassedOn) {
  Hosts hosts(1);
  const Running proxy(tcp_bootstrap(hosts));
  Peer client = proxy.client();
  client.send("x");
  EXPECT_EQ(hosts.serve("", "x"), "x");
  hosts.last().reset();
  char byte = 0;
  pollfd ready{client.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
  EXPECT_EQ(::recv(client.fd(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST(TcpSessions, APieceCostsNoAllocation) {
  if (!squall::testing::counts_allocations()) GTEST_SKIP() << "a sanitizer has its own malloc";
  Hosts hosts(1);
  const Running proxy(tcp_bootstrap(hosts));
  Peer client = proxy.client();
  const auto round = [&] {
    client.send("ping");
    EXPECT_EQ(hosts.serve("pong", "ping"), "ping");
    EXPECT_EQ(client.read_until("pong"), "pong");
  };
  for (int i = 0; i < 10; ++i) round();
  const std::uint64_t before = squall::testing::allocations();
  for (int i = 0; i < 100; ++i) round();
  EXPECT_EQ(squall::testing::allocations(), before);
}

}  // namespace
}  // namespace squall::proxy
