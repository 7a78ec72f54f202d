// Pings of HTTP/2 connections, with hosts and clients that answer some of them.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "proxy/pinger.h"
#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSettings = "\0\0\0\4\0\0\0\0\0"sv;
constexpr std::string_view kGet = "\0\0\6\1\5\0\0\0\1\x82\x84\x86\x41\1x"sv;  // of "/" of x
constexpr std::string_view kOk = "\0\0\1\1\5\0\0\0\1\x88"sv;
constexpr char kHeaders = 1, kPing = 6;

/// A raw end of an HTTP/2 connection: reads frame by frame.
class RawPeer {
 public:
  explicit RawPeer(const Peer& peer, std::string read = "")
      : peer_(peer), bytes_(std::move(read)) {}
  /// The next frame, its head and what it holds; empty: the connection is closed.
  std::string next() {
    if (bytes_.starts_with("PRI")) {
      if (!fill(kHttp2Preface.size())) return "";
      bytes_.erase(0, kHttp2Preface.size());
    }
    if (!fill(9)) return "";
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes_[i]); };
    const auto size = std::size_t{9} + static_cast<std::size_t>(byte(1) << 8 | byte(2));
    if (!fill(size)) return "";
    std::string frame = bytes_.substr(0, size);
    bytes_.erase(0, size);
    return frame;
  }
  std::string next(char type) {
    for (;;) {
      std::string frame = next();
      if (frame.empty() || frame[3] == type) return frame;
    }
  }
  void answer(std::string ping) const {
    ping[4] = 1;
    peer_.send(ping);
  }

 private:
  bool fill(std::size_t size) {
    while (bytes_.size() < size) {
      char more[4096];
      pollfd ready{peer_.fd(), POLLIN, 0};
      if (::poll(&ready, 1, 10'000) != 1) return false;
      const ssize_t count = ::recv(peer_.fd(), more, sizeof more, 0);
      if (count <= 0) return false;
      bytes_.append(more, static_cast<std::size_t>(count));
    }
    return true;
  }
  const Peer& peer_;
  std::string bytes_;
};

TEST(Pinger, WhatComesMakesTheTimeoutBeginAnew) {
  using namespace std::chrono_literals;
  Timers timers;
  Pinger pinger(timers, 1);
  const policies::Http2Keepalive config{.timeout = 1s};
  policies::Http2Pings pings;
  Http2 http2(Http2::Role::kClient, {});
  const Pinged one{config, pings, http2, ShellTimer::kHostPing, ShellTimer::kHostPong, 3};
  pinger.begin(one, Instant{});
  EXPECT_EQ(timers.next(), kNever);  // without an interval
  pinger.ping(one, Instant{} + 2s);
  EXPECT_EQ(timers.next(), Instant{} + 3s);
  pinger.on_heard(one, Instant{} + 2500ms);
  pinger.ping(one, Instant{} + 2600ms);  // one at a time
  EXPECT_EQ(timers.next(), Instant{} + 3500ms);
  pinger.on_pong(one, Instant{} + 2700ms);
  pinger.on_heard(one, Instant{} + 2800ms);
  EXPECT_EQ(timers.next(), kNever);
}

std::string to_hosts(const std::string& keepalive) {
  return "      http2_protocol_options: {connection_keepalive: {" + keepalive + "}}\n";
}

TEST(Pinger, AHostThatDoesNotAnswerLosesItsConnection) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.cluster = to_hosts("interval: 0.02s, timeout: 1s")}));
  Peer client = proxy.client();
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  const std::string read(hosts.serve(kSettings, "SM\r\n\r\n"));
  RawPeer host(hosts.last(), read);
  for (int i = 0; i < 3; ++i) {
    const std::string ping = host.next(kPing);
    ASSERT_EQ(ping.size(), 17U);
    host.answer(ping);
  }
  EXPECT_EQ(host.next(kPing).size(), 17U);
  EXPECT_EQ(host.next(kPing), "");  // none before that one is answered: it is closed
  EXPECT_TRUE(client.read_until("termination").ends_with("reset reason: connection termination"));
  EXPECT_TRUE(proxy.admin("/stats").contains("cluster.main.http2.keepalive_timeout: 1\n"));
}

TEST(Pinger, AStreamAfterASilenceIsPrecededByAPing) {
  Hosts hosts(1);
  const Running proxy(
      bootstrap_of(hosts, {.cluster = to_hosts("timeout: 10s, connection_idle_interval: 0.001s")}));
  Peer client = proxy.client();
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  const std::string read(hosts.serve(kSettings, "SM\r\n\r\n"));
  RawPeer host(hosts.last(), read);
  EXPECT_NE(host.next(kHeaders), "");
  hosts.last().send(kOk);
  client.read_until("\r\n\r\n");
  pollfd quiet{hosts.last().fd(), POLLIN, 0};
  while (::poll(&quiet, 1, 5) == 1) ASSERT_NE(host.next(), "");  // acknowledgements
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_EQ(host.next()[3], kPing);
  EXPECT_EQ(host.next()[3], kHeaders);
}

TEST(Pinger, AClientThatDoesNotAnswerIsLoggedAsGone) {
  const std::string path = ::testing::TempDir() + "squall_pinger.log";
  std::remove(path.c_str());
  Hosts hosts(1);
  {
    const Running proxy(bootstrap_of(
        hosts,
        {.manager =
             "                http2_protocol_options: {connection_keepalive: {interval: 0.02s, "
             "timeout: 1s, interval_jitter: {value: 0}}}\n"
             "                access_log: [{name: file, typed_config: {\"@type\": "
             "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
             path +
             ", log_format: {text_format_source: {inline_string: \"%RESPONSE_CODE% "
             "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\\n\"}}}}]\n"}));
    const Peer peer = proxy.client();
    peer.send(std::string(kHttp2Preface) + std::string(kSettings) + std::string(kGet));
    RawPeer client(peer);
    client.answer(client.next(kPing));
    EXPECT_EQ(client.next(kPing).size(), 17U);
    EXPECT_EQ(client.next(kPing), "");
    const std::string stats = proxy.admin("/stats");
    EXPECT_TRUE(stats.contains("\nhttp2.keepalive_timeout: 1\n"));
    EXPECT_TRUE(stats.contains("http.test.downstream_cx_destroy_local: 1\n"));
    EXPECT_TRUE(stats.contains("http.test.downstream_cx_destroy_remote_active_rq: 1\n"));
  }
  std::ifstream file(path);
  const std::string log(std::istreambuf_iterator<char>(file), {});
  std::remove(path.c_str());
  EXPECT_EQ(log, "0 DC downstream_local_disconnect(http2_ping_timeout)\n");
}

}  // namespace
}  // namespace squall::proxy
