#include "proxy/shell.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/proxy/loopback.h"
#include "tests/support/allocations.h"

namespace squall::proxy {
namespace {

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
constexpr std::string_view kFailure = "HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n";
constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: shop\r\n\r\n";
const std::string kRetrying =
    "{cluster: main, retry_policy: {retry_on: 5xx, num_retries: 2, retry_back_off: "
    "{base_interval: 0.001s, max_interval: 0.001s}}}";

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST(Shell, ForwardsARequestAndItsAnswer) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send("GET /x?q=1 HTTP/1.1\r\nHost: shop\r\nX-A: b\r\nConnection: keep-alive\r\n\r\n");
  const std::string_view request = hosts.serve(kHello);
  EXPECT_TRUE(request.starts_with("GET /x?q=1 HTTP/1.1\r\nhost: shop\r\nx-a: b\r\n")) << request;
  EXPECT_FALSE(has(request, "connection"));
  EXPECT_TRUE(has(request, "x-request-id: "));
  const std::string_view answer = client.read_until("hello");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has(answer, "server: envoy\r\n"));
  EXPECT_TRUE(has(answer, "\r\ndate: "));
}

TEST(Shell, AHostsDateIsKept) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve("HTTP/1.1 200 OK\r\ndate: yes\r\ncontent-length: 5\r\n\r\nhello");
  const std::string_view answer = client.read_until("hello");
  const std::size_t at = answer.find("\r\ndate: yes\r\n");
  ASSERT_NE(at, std::string_view::npos) << answer;
  EXPECT_EQ(answer.find("\r\ndate:", at + 1), std::string_view::npos) << answer;
}

TEST(Shell, KeepsConnectionsOnBothSides) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  for (int i = 0; i < 5; ++i) {
    client.send(kGet);
    hosts.serve(kHello);
    EXPECT_TRUE(has(client.read_until("hello"), "200 OK"));
  }
  EXPECT_EQ(hosts.connections(), 1U);
}

TEST(Shell, AnswersPipelinedRequestsInOrder) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /direct HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(
      hosts.serve("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").starts_with("GET /1"));
  EXPECT_TRUE(
      hosts.serve("HTTP/1.1 202 Accepted\r\ncontent-length: 3\r\n\r\nend").starts_with("GET /3"));
  const std::string_view answers = client.read_until("\r\n\r\nend");
  const std::size_t first = answers.find("201 Created"), second = answers.find("hello");
  EXPECT_LT(first, second);
  EXPECT_LT(second, answers.find("202 Accepted"));
}

TEST(Shell, TriesAnotherTimeAndReplaysTheBody) {
  Hosts hosts(2);
  const Running proxy(bootstrap_of(hosts, {.route = kRetrying}));
  Peer client = proxy.client();
  client.send("POST /x HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_TRUE(hosts.serve(kFailure, "\r\n\r\nbody").starts_with("POST /x"));
  EXPECT_TRUE(has(hosts.serve(kHello, "\r\n\r\nbody"), "content-length: 4\r\n"));
  EXPECT_TRUE(has(client.read_until("hello"), "200 OK"));
}

TEST(Shell, ForwardsChunksBothWays) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n");
  const std::string_view request =
      hosts.serve("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\n\r\n",
                  "\r\n0\r\n\r\n");
  EXPECT_TRUE(has(request, "transfer-encoding: chunked\r\n"));
  EXPECT_TRUE(has(request, "abc"));
  EXPECT_FALSE(has(request, "x-trailer"));
  EXPECT_TRUE(has(client.read_until("\r\n0\r\n\r\n"), "\r\n4\r\nwxyz\r\n"));
}

TEST(Shell, AnEmptyChunkedBodyHasItsLastChunkOnANewConnectionAndOnAnOldOne) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  for (int i = 0; i < 2; ++i) {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    EXPECT_TRUE(hosts.serve(kHello, "\r\n\r\n0\r\n\r\n").ends_with("\r\n\r\n0\r\n\r\n"));
    EXPECT_TRUE(has(client.read_until("hello"), "200 OK"));
  }
}

TEST(Shell, HeaderChangesCannotTakeTheFramingAway) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(
      hosts, {.route_changes =
                  "request_headers_to_remove: [content-length], response_headers_to_remove: "
                  "[content-length, transfer-encoding], response_headers_to_add: [{header: {key: "
                  "content-length, value: \"7\"}}], "}));
  Peer client = proxy.client();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_TRUE(has(hosts.serve(kHello, "\r\n\r\nbody"), "\r\ncontent-length: 4\r\n"));
  const std::string answer(client.read_until("hello"));
  EXPECT_TRUE(has(answer, "\r\ncontent-length: 5\r\n"));
  EXPECT_FALSE(has(answer, "content-length: 7"));
}

TEST(Shell, ABodyThatEndsWithItsConnectionIsSentInChunks) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve("HTTP/1.0 200 OK\r\n\r\nto the end");
  ::shutdown(hosts.last().fd(), SHUT_WR);
  const std::string_view answer = client.read_until("\r\n0\r\n\r\n");
  EXPECT_TRUE(has(answer, "transfer-encoding: chunked\r\n"));
  EXPECT_TRUE(has(answer, "to the end"));
}

TEST(Shell, RefusesWhatIsNoRequestAndCloses) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string_view answer = client.read_until("");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_TRUE(has(answer, "connection: close\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nBad Request"));
}

/// What comes back for these bytes, until the proxy closes.
std::string answer_to(const Running& proxy, std::string_view bytes) {
  Peer client = proxy.client();
  client.send(bytes);
  return std::string(client.read_until(""));
}

TEST(Shell, WhatARequestMayHaveIsLimitedAndSaysSo) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  std::string many = start;
  for (std::size_t i = 0; i < kMostFields; ++i) many += "x: 1\r\n";
  for (const std::string& bytes : {start + std::string(kMostHeadBytes, 'x'), many + "\r\n"}) {
    const std::string answer = answer_to(proxy, bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nRequest Header Fields Too Large")) << answer;
  }
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& body :
       {"1;" + std::string(10'000, 'x'), "0\r\n" + std::string(10'000, 'x'),
        std::string("1000000000000000\r\n")}) {
    const std::string answer = answer_to(proxy, chunked + body);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  }
}

TEST(Shell, AHeadThatComesByteByByteHasTheSameLimit) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send("GET / HTTP/1.1\r\n");
  std::size_t sent = 0;
  for (; sent < 2 * kMostHeadBytes; sent += 512) {
    pollfd answered{client.fd(), POLLIN, 0};
    if (::poll(&answered, 1, 0) == 1) break;
    client.send(std::string(512, 'x'));
  }
  EXPECT_GE(sent + 512, kMostHeadBytes);
  EXPECT_TRUE(client.read_until("").starts_with("HTTP/1.1 431 "));
}

TEST(Shell, AResponsesHeadIsLimited) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve("HTTP/1.1 200 OK\r\nx: " + std::string(kMostAnswerHeadBytes, 'x'));
  EXPECT_TRUE(client.read_until("protocol error").starts_with("HTTP/1.1 502 Bad Gateway\r\n"))
      << client.text();
}

/// A client that is not answered is not read for ever: what it pipelines waits in its socket.
TEST(Shell, PipelinedRequestsWaitInTheSocketBeyondALimit) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve("");  // without an answer
  std::string requests;
  while (requests.size() < std::size_t{64} * 1024)
    requests += "GET /direct HTTP/1.1\r\nHost: a\r\n\r\n";
  std::size_t sent = 0;
  for (ssize_t count = 1; count > 0;
       sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0))) {
    pollfd room{client.fd(), POLLOUT, 0};
    if (::poll(&room, 1, 200) != 1 || sent > std::size_t{64} * 1024 * 1024) break;
    count = ::send(client.fd(), requests.data(), requests.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  EXPECT_LT(sent, std::size_t{64} * 1024 * 1024);
}

TEST(Shell, AnswersContinueBeforeTheBody) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  EXPECT_FALSE(has(hosts.serve(kHello, "\r\n\r\nhi"), "\r\nexpect:"));
  EXPECT_TRUE(has(client.read_until("hello"), "200 OK"));
}

TEST(Shell, AClientThatLeavesEndsItsAttempt) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve("");
  client.reset();
  EXPECT_EQ(hosts.last().read_until(""), "");  // closed without a byte
}

/// How long after a host cut its body the client sees the end.
Duration end_of_cut_response(const std::string& delayed_close_timeout) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts, {.manager = "                delayed_close_timeout: " +
                                                      delayed_close_timeout + "\n"}));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
  EXPECT_TRUE(client.read_until("half").ends_with("half"));
  const Clock clock;
  const Instant began = clock.now();
  hosts.last().reset();
  EXPECT_EQ(client.read_until(""), "");
  return clock.now() - began;
}

TEST(Shell, AHostThatCutsItsBodyEndsTheClientsConnectionAfterAWhile) {
  EXPECT_GE(end_of_cut_response("0.2s"), 200ms);
}

TEST(Shell, ACutResponseEndsAtOnceWithoutADelayedCloseTimeout) {
  EXPECT_LT(end_of_cut_response("0s"), 5s);
}

TEST(Shell, AClientOfACutResponseMayCloseBeforeTheProxyDoes) {
  Hosts hosts(1);
  const Running proxy(
      bootstrap_of(hosts, {.manager = "                delayed_close_timeout: 3600s\n"}));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
  hosts.last().reset();
  client.read_until("half");
  client.send(kGet);  // is read over
  ::shutdown(client.fd(), SHUT_WR);
  EXPECT_EQ(client.read_until(""), "");
}

TEST(Shell, NoConnectionIsAnAnswerOfItsOwn) {
  std::string bootstrap;
  {
    const Hosts gone(1);
    bootstrap = bootstrap_of(gone);
  }
  const Running proxy(bootstrap);
  Peer client = proxy.client();
  client.send(kGet);
  const std::string_view answer = client.read_until("remote connection failure");
  EXPECT_TRUE(has(answer, "503 Service Unavailable")) << answer;
}

TEST(Shell, LargeBodiesPassWhole) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  const std::string body(3'000'000, 'x');
  std::thread host([&] {
    hosts.serve("");
    hosts.last().send("HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n" + body);
  });
  Peer client = proxy.client();
  client.send(kGet);
  std::size_t size = 0;
  char bytes[65536];
  for (ssize_t count = 1; count > 0 && size < body.size();) {
    count = ::recv(client.fd(), bytes, sizeof bytes, 0);
    size += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  host.join();
  EXPECT_GE(size, body.size());
}

TEST(Shell, TheAccessLogIsWholeAfterTheEnd) {
  const std::string path =
      ::testing::TempDir() + "squall_shell_access_" + std::to_string(::getpid()) + ".log";
  Hosts hosts(1);
  Running proxy(bootstrap_of(
      hosts,
      {.manager = "                access_log:\n"
                  "                  - name: file\n"
                  "                    typed_config:\n"
                  "                      \"@type\": "
                  "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog\n"
                  "                      path: " +
                  path +
                  "\n"
                  "                      log_format: {json_format: {c: \"%RESPONSE_CODE%\", "
                  "f: \"%RESPONSE_FLAGS%\", d: \"%RESPONSE_CODE_DETAILS%\", p: "
                  "\"%REQ(:PATH)%\"}}\n"}));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve(kHello);
  client.read_until("hello");
  client.send("BAD\r\n\r\n");
  client.read_until("");
  Peer left = proxy.client();
  left.send(kGet);
  hosts.serve("");
  proxy.stop();
  std::ifstream file(path);
  const std::string log(std::istreambuf_iterator<char>(file), {});
  std::remove(path.c_str());
  EXPECT_EQ(log,
            "{\"c\":200,\"f\":\"-\",\"d\":\"via_upstream\",\"p\":\"/x\"}\n"
            "{\"c\":400,\"f\":\"DPE\",\"d\":\"http1.codec_error\",\"p\":null}\n"
            "{\"c\":0,\"f\":\"DC\",\"d\":\"downstream_remote_disconnect\",\"p\":\"/x\"}\n");
}

TEST(Shell, TheAdminPageCountsWhatHappened) {
  Hosts hosts(1);
  const Running proxy(bootstrap_of(hosts));
  Peer client = proxy.client();
  client.send(kGet);
  hosts.serve(kHello);
  client.read_until("hello");
  EXPECT_TRUE(has(proxy.admin("/ready"), "LIVE"));
  const std::string stats = proxy.admin("/stats");
  EXPECT_TRUE(has(stats, "\ncluster.main.upstream_rq_total: 1\n")) << stats;
  EXPECT_TRUE(has(stats, "\nhttp.test.downstream_rq_2xx: 1\n"));
  EXPECT_TRUE(has(proxy.admin("/clusters"), "::cx_active::1\n"));
}

TEST(Shell, AllocatesNothingInTheSteadyStateWithFailuresAndRetries) {
  if (!squall::testing::counts_allocations()) GTEST_SKIP() << "a sanitizer has its own malloc";
  Hosts hosts(2);
  const Running proxy(
      bootstrap_of(hosts, {.route = kRetrying,
                           .cluster = "      outlier_detection: {enforcing_consecutive_5xx: 0, "
                                      "enforcing_success_rate: 0}\n"}));
  Peer client = proxy.client();
  const auto round = [&] {
    client.send(
        "POST /x HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\nX-Custom: something\r\n\r\nbody");
    hosts.serve(kFailure, "\r\n\r\nbody");
    hosts.serve(kHello, "\r\n\r\nbody");
    if (!has(client.read_until("hello"), "200 OK")) return false;
    client.send(kGet);
    for (int i = 0; i < 3; ++i) hosts.serve(kFailure);
    return has(client.read_until("\r\n\r\n"), "503 Service Unavailable");
  };
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(round());
  const std::uint64_t before = squall::testing::allocations();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(round());
  EXPECT_EQ(squall::testing::allocations(), before);
}

}  // namespace
}  // namespace squall::proxy
