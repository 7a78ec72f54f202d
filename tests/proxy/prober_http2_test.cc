// Health checks over HTTP/2 and by gRPC, against a host that the test plays.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/proxy/http2_peer.h"
#include "tests/proxy/loopback.h"

namespace squall::proxy {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kServing = "\0\0\0\0\2\x08\1"sv;
constexpr std::string_view kGrpc =
    "grpc_health_check: {service_name: shop, authority: hc.test, initial_metadata: [{header: {key: "
    "X-Why, value: check}}]}";

/// A proxy that checks one host by HTTP/2.
struct Checked {
  explicit Checked(std::string_view kind, std::string_view more = "timeout: 5s")
      : proxy(bootstrap_of(
            fmt::format("            - endpoint: {{address: {{socket_address: {{address: "
                        "127.0.0.1, port_value: {}}}}}}}\n",
                        host.name().port()),
            {.cluster =
                 fmt::format("      http2_protocol_options: {{}}\n"
                             "      health_checks: [{{interval: 0.01s, no_traffic_interval: 0.01s, "
                             "healthy_threshold: 1, unhealthy_threshold: 1, {}, {}}}]\n",
                             more, kind)})) {}
  bool says(std::string_view what) const { return proxy.admin("/clusters").contains(what); }

  Http2Host host;
  Running proxy;
};

void answer(Http2Peer& host, std::int32_t call, std::string_view body = kServing,
            std::string_view status = "0") {
  host.answer(call, 200, {{"content-type", "application/grpc"}}, body, false);
  host.http2().send_trailers(*host.seen(call).stream, {{"grpc-status", status}});
  host.send();
}

TEST(ProberHttp2, CallsTheHealthServiceOnOneConnection) {
  Checked checked(kGrpc);
  Http2Peer host = checked.host.accept();
  for (int i = 0; i < 3; ++i) {
    const std::int32_t call = host.next_request();
    ASSERT_NE(call, 0);
    const SeenStream& seen = host.seen(call);
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.path, "/grpc.health.v1.Health/Check");
    EXPECT_EQ(seen.authority, "hc.test");
    EXPECT_EQ(seen.header("te"), "trailers");
    EXPECT_EQ(seen.header("content-type"), "application/grpc");
    EXPECT_EQ(seen.header("user-agent"), "Envoy/HC");
    EXPECT_EQ(seen.header("x-why"), "check");
    EXPECT_EQ(seen.header("grpc-timeout"), "5000m");
    EXPECT_EQ(seen.body, "\0\0\0\0\6\x0a\4shop"sv);
    answer(host, call);
  }
  EXPECT_TRUE(checked.says("health_flags::healthy"));
}

TEST(ProberHttp2, AnAnswerThatIsNoneOfGrpcFailsAtOnceAndIsGivenUp) {
  Checked checked(kGrpc);
  Http2Peer host = checked.host.accept();
  const std::int32_t call = host.next_request();
  host.answer(call, 200, {{"content-type", "text/html"}}, "half", false);
  EXPECT_TRUE(host.until([&] { return host.seen(call).closed; }));
  EXPECT_EQ(host.seen(call).code, static_cast<std::uint32_t>(Http2Code::kCancel));
  EXPECT_GT(host.next_request(), call);  // on the same connection
  EXPECT_TRUE(checked.says("health_flags::/failed_active_hc"));
}

TEST(ProberHttp2, AnotherStatusOfTheServiceFails) {
  Checked checked(kGrpc);
  Http2Peer host = checked.host.accept();
  answer(host, host.next_request(), "\0\0\0\0\2\x08\2"sv);
  EXPECT_GT(host.next_request(), 1);
  EXPECT_TRUE(checked.says("health_flags::/failed_active_hc"));
  EXPECT_TRUE(checked.proxy.admin("/stats").contains("health_check.network_failure: 0\n"));
}

TEST(ProberHttp2, AStreamThatIsResetIsAFailureOfTheNetwork) {
  Checked checked(kGrpc);
  Http2Peer host = checked.host.accept();
  host.reset(host.next_request(), Http2Code::kInternalError);
  EXPECT_GT(host.next_request(), 1);
  EXPECT_TRUE(checked.proxy.admin("/stats").contains("health_check.network_failure: 1\n"));
}

TEST(ProberHttp2, ACallThatTimesOutIsResetAndKeepsItsConnection) {
  Checked checked(kGrpc, "timeout: 0.01s");
  Http2Peer host = checked.host.accept();
  const std::int32_t call = host.next_request();
  EXPECT_TRUE(host.until([&] { return host.seen(call).closed; }));
  EXPECT_EQ(host.seen(call).code, static_cast<std::uint32_t>(Http2Code::kCancel));
  EXPECT_GT(host.next_request(), call);
  EXPECT_TRUE(checked.says("/active_hc_timeout"));
}

TEST(ProberHttp2, AHostThatLeavesInOrderAnswersWhatItWasAsked) {
  Checked checked(kGrpc);
  Http2Peer host = checked.host.accept();
  const std::int32_t call = host.next_request();
  host.http2().go_away(true);
  host.send();
  answer(host, call);
  Http2Peer next = checked.host.accept();
  EXPECT_TRUE(host.until([&] { return host.closed(); }));
  EXPECT_NE(next.next_request(), 0);
  EXPECT_TRUE(checked.says("health_flags::healthy"));
  EXPECT_TRUE(checked.proxy.admin("/stats").contains("health_check.failure: 0\n"));
}

/// The streams that HEADERS among a client's frames, behind its preface, open.
std::vector<int> streams_in(std::string_view frames) {
  std::vector<int> streams;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frames[i]); };
  while (frames.size() >= 9) {
    if (byte(3) == 1) streams.push_back(byte(7) << 8 | byte(8));
    const auto size = std::size_t{9} + static_cast<std::size_t>(byte(1) << 8 | byte(2));
    frames.remove_prefix(std::min(frames.size(), size));
  }
  return streams;
}

TEST(ProberHttp2, AHostThatTakesNoStreamIsNotAskedUntilItDoes) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts, {.cluster = "      http2_protocol_options: {}\n"
                         "      health_checks: [{interval: 0.005s, no_traffic_interval: 0.005s, "
                         "healthy_threshold: 1, unhealthy_threshold: 1, timeout: 0.005s, " +
                         std::string(kGrpc) + "}]\n"}));
  constexpr std::string_view kTakesNone = "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\0"sv,
                             kTakesOne = "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\1"sv;
  std::string frames(hosts.serve(kTakesNone, "SM\r\n\r\n"));
  frames.erase(0, kHttp2Preface.size());
  const auto attempts = [&] {
    const std::string page = proxy.admin("/stats");
    constexpr std::string_view kName = "health_check.attempt: ";
    return std::atoi(page.c_str() + page.find(kName) + kName.size());
  };
  while (attempts() < 10) continue;
  hosts.last().send(kTakesOne);
  while (streams_in(frames).size() < 2) {
    char bytes[4096];
    pollfd ready{hosts.last().fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    const ssize_t count = ::recv(hosts.last().fd(), bytes, sizeof bytes, 0);
    ASSERT_GT(count, 0);
    frames.append(bytes, static_cast<std::size_t>(count));
  }
  EXPECT_EQ(streams_in(frames)[0], 1);
  EXPECT_EQ(streams_in(frames)[1], 3);  // the checks between were not even begun
}

TEST(ProberHttp2, WithoutReuseEachCallHasItsConnection) {
  Checked checked(kGrpc, "timeout: 5s, reuse_connection: false");
  for (int i = 0; i < 2; ++i) {
    Http2Peer host = checked.host.accept();
    answer(host, host.next_request());
    EXPECT_TRUE(host.until([&] { return host.closed(); }));
  }
}

TEST(ProberHttp2, AsksByHttpToo) {
  Checked checked(
      "http_health_check: {path: /ok, method: PUT, codec_client_type: HTTP2, send: {text: "
      "\"6869\"}, receive: [{text: \"796573\"}]}");
  Http2Peer host = checked.host.accept();
  const std::int32_t first = host.next_request();
  EXPECT_EQ(host.seen(first).path, "/ok");
  EXPECT_EQ(host.seen(first).header("content-length"), "2");
  EXPECT_EQ(host.seen(first).body, "hi");
  host.answer(first, 200, {}, "oh yes");
  const std::int32_t second = host.next_request();
  EXPECT_TRUE(checked.says("health_flags::healthy"));
  host.answer(second, 200, {}, "no");
  EXPECT_NE(host.next_request(), 0);
  EXPECT_TRUE(checked.says("health_flags::/failed_active_hc"));
}

}  // namespace
}  // namespace squall::proxy
